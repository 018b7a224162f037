import { defineConfig } from 'vitest/config'
import shared from '../vitest.shared.ts'

// Clusters of processes take all there is: one after the other.
export default defineConfig((env) => {
  const config = shared(env)
  return { ...config, test: { ...config.test, maxWorkers: 1 } }
})
