/** What Rafted is held against, as a suite: three processes on files that are sent commands, and have no value to ask for. */
import type { Suite } from '../suite.ts'

interface Limit {
  command(payload: Uint8Array): Promise<unknown>
  close(): Promise<void>
}

/** @param open opens it for commands with arguments of so many bytes. */
export function limitSuite(system: string, open: (size: number) => Promise<Limit>): Suite {
  return {
    system,
    config: 'files-3p',
    onDisk: true,
    reads: [],
    async open({ size }) {
      const { command, close } = await open(size)
      return { command, query: () => Promise.reject(new Error('there is no value')), close }
    },
  }
}
