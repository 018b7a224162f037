/** How the processes of a run reach each other. */
import { freePorts } from './free-ports.ts'
import type { Place } from './programs.ts'

export interface Wires {
  /** Where each host listens, and is dialled. */
  readonly addresses: readonly string[]
  /** Needed where addresses are none of the loopback. */
  readonly secret?: string | undefined
  /** How the process of this host is started; that of the clients comes after the last host. */
  place(at: number): Place
}

/** All of them on the loopback of this machine. */
export async function loopback(hosts: number): Promise<Wires> {
  const ports = await freePorts(hosts)
  return { addresses: ports.map((port) => `127.0.0.1:${port}`), place: () => ({}) }
}
