/** What a directory lock needs of the machine it runs on, so that tests can be several machines. */

/** `accepted`: somebody listens. `refused`: nobody does. `missing`: there is no such socket. */
export type Probe = 'accepted' | 'refused' | 'missing'

/** The machine that a process runs on: which run of the system it is, and who of it still listens. `nodeMachine` gives the real one. */
export interface Machine {
  /** For people only: no decision rests on it, since it means nothing in another namespace. */
  readonly processId: number
  /** For people only. */
  readonly hostName: string
  /** Names this run of the operating system; null where that can't be told. */
  bootId(): Promise<string | null>
  /** Listens on a new socket in a directory, until it is closed or the process ends. A frozen process still listens. */
  listen(directory: string, name: string): Promise<Listener>
  /**
   * Connects to a socket in a directory. Only `refused` proves, on the boot that the listener is of, that it has ended.
   * Rejects with an error of the system if it can't be told.
   */
  probe(directory: string, name: string): Promise<Probe>
}

/** A socket that is listened on: the sign that its process runs. */
export interface Listener {
  /** Stops listening and removes the socket. */
  close(): Promise<void>
}
