/** Commands that whoever typed them has ended. */
import { constants } from 'node:os'

/** A command was interrupted, and has put in order what it had begun. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
  /** What shells say of a process that the signal has ended. */
  readonly status: number

  /** @param signal as the reason of the terminal's `AbortSignal` names it. */
  constructor(signal: unknown) {
    super('It was interrupted.')
    const number = typeof signal === 'string' ? constants.signals[signal as NodeJS.Signals] : undefined
    this.status = 128 + (number ?? constants.signals.SIGINT)
  }
}
