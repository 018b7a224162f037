import { defineConfig } from 'vitest/config'

/**
 * Tests run from the sources of every package, with no build before them. With `RAFTED_COMPILED=1` they run from what these were compiled to just before, as `npm test` does: that is what is
 * published, Node.js loads it by itself, and worker threads and other processes begin without compiling anything.
 */
const isCompiled = process.env.RAFTED_COMPILED === '1'
const own = isCompiled ? [] : ['@rafted/source']
// As Node.js finds them, which knows no condition "module": what bundlers are given by it, it can't always read.
const conditions = [...own, 'node', 'development|production']

export default defineConfig(({ mode }) => ({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: [...own, 'node'] } },
  test: {
    // `vitest run --mode long` runs what takes too long for every change.
    include: [mode === 'long' ? 'test/**/*.long.ts' : 'test/**/*.test.ts'],
    ...(isCompiled ? { server: { deps: { external: [/\/packages\/[^/]+\/dist\//] } } } : {}),
    passWithNoTests: true,
    // No test waits by the clock: this only ends one that hangs, however busy the machine is.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default', 'json'],
    outputFile: { json: 'test-results.json' },
  },
}))
