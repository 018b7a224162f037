import { once } from 'node:events'
import { realClock } from '@rafted/contracts/node'
import type { Terminal } from './terminal.ts'

/** The terminal of this process: its standard output and error. Colours follow the environment (`NO_COLOR`, `FORCE_COLOR`, `TERM`). */
export function processTerminal(): Terminal {
  const { stdout, stderr } = process
  return {
    directory: process.cwd(),
    clock: realClock,
    colours: stdout.isTTY === true && stdout.hasColors(),
    watched: stderr.isTTY === true,
    async print(text) {
      if (!stdout.write(text)) await once(stdout, 'drain')
    },
    say: (text) => void stderr.write(text),
  }
}
