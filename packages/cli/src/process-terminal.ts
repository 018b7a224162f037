import { once } from 'node:events'
import { constants } from 'node:os'
import { realClock } from '@rafted/contracts/node'
import { nodeFileSystem } from '@rafted/storage'
import type { Terminal } from './terminal.ts'

/** The terminal of this process: its standard output and error. Colours follow the environment (`NO_COLOR`, `FORCE_COLOR`, `TERM`). */
export function processTerminal(): Terminal {
  const { stdin, stdout, stderr, env } = process
  let interruption: AbortSignal | null = null
  return {
    directory: process.cwd(),
    clock: realClock,
    files: nodeFileSystem(),
    environment: env,
    colours: stdout.isTTY === true && stdout.hasColors(),
    watched: stderr.isTTY === true,
    get screen() {
      return stdout.isTTY === true ? { columns: stdout.columns, rows: stdout.rows } : null
    },
    async print(text) {
      if (!stdout.write(text)) await once(stdout, 'drain')
    },
    say: (text) => void stderr.write(text),
    input: () => stdin,
    interrupted() {
      interruption ??= onSignals()
      return interruption
    },
  }
}

function onSignals(): AbortSignal {
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      // Whoever asks twice doesn't want to wait.
      if (controller.signal.aborted) process.exit(128 + constants.signals[signal])
      controller.abort(signal)
    })
  return controller.signal
}
