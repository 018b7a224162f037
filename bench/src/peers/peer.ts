/** What Rafted is measured beside: a system on this machine's loopback and files, and one client of it. */

/** Of every command. */
export const PAYLOAD_BYTES = 16

/** A peer that runs. */
export interface PeerTarget {
  /** Resolves with the system's result, once the command counts as done there. */
  command(payload: Uint8Array): Promise<unknown>
  /** The server processes: whose flushes count. */
  readonly pids: readonly number[]
  close(): Promise<void>
}

/** Whether a peer can be measured here, and if so, in which versions. */
export type Found = { readonly versions: string } | { readonly missing: string }

export interface Peer {
  readonly name: string
  /** Processes, and what a command is. */
  readonly what: string
  /** What was set otherwise than it comes, or that nothing was. */
  readonly settings: string
  /** Looks whether it is installed; installs its client, where that has to be, into a directory of its own. */
  find(): Promise<Found>
  open(): Promise<PeerTarget>
}
