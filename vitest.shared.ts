import { defineConfig } from 'vitest/config'

// Tests run from the sources of every package, with no build before them.
const source = '@rafted/source'

export default defineConfig(({ mode }) => ({
  resolve: { conditions: [source, 'module', 'node', 'development|production'] },
  ssr: {
    resolve: {
      conditions: [source, 'module', 'node', 'development|production'],
      externalConditions: [source, 'node'],
    },
  },
  test: {
    // `vitest run --mode long` runs what takes too long for every change.
    include: [mode === 'long' ? 'test/**/*.long.ts' : 'test/**/*.test.ts'],
    passWithNoTests: true,
    // No test waits by the clock: this only ends one that hangs, however busy the machine is.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default', 'json'],
    outputFile: { json: 'test-results.json' },
  },
}))
