#!/usr/bin/env node
/** What `rafted` runs. */
import { processTerminal } from './process-terminal.ts'
import { run } from './run.ts'

// Whoever reads may have read enough, as `head` does: that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})
process.exitCode = await run(process.argv.slice(2), processTerminal())
