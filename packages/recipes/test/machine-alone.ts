/** A machine without a group, which answers with the reason for which it refuses. */
import { CommandError } from '@rafted/contracts'
import { Applied } from './applied.ts'

export class MachineAlone extends Applied {
  /** @returns what it answers, or the reason for which it is refused, as text. */
  override command(...command: unknown[]): unknown {
    try {
      return super.command(...structuredClone(command))
    } catch (error) {
      if (error instanceof CommandError) return `refused: ${error.reason}`
      throw error
    }
  }
}
