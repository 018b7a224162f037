import { defineConfig } from 'vitest/config'
import shared from '../vitest.shared.ts'

// The checks run alone, so they may have both cores.
export default defineConfig((env) => {
  const config = shared(env)
  return { ...config, test: { ...config.test, maxWorkers: 2 } }
})
