/** A build of Rafted that processes can run. */
export interface Build {
  /** For people: `this`, a commit, `next`. */
  readonly name: string
  /** The address of its module `rafted`. */
  readonly module: string
  /** What Node.js is started with to run it. */
  readonly execArgv: readonly string[]
}
