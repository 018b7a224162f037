/** Where the storages of the checks are, and on which machine. */
import type { Machine } from '@rafted/storage'

export const owner = { path: '/data', cluster: 'shop', host: 'a' } as const

/** As if a power cut didn't end the boot: then it is known at once that the former owner of the directory is dead, and nobody waits. */
export function onOneBoot(machine: Machine): Machine {
  return {
    processId: machine.processId,
    hostName: machine.hostName,
    bootId: async () => 'boot',
    listen: (directory, name) => machine.listen(directory, name),
    probe: (directory, name) => machine.probe(directory, name),
  }
}
