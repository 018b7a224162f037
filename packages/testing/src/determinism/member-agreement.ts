/** Compares what the members of a group hold after the same commands. */
import { shown } from './shown.ts'

/** Two members that hold different values after the same commands. */
export interface MemberDisagreement {
  /** The first entry after which they were seen to differ. */
  readonly index: number
  readonly command: unknown
  readonly members: readonly [string, string]
  /** The last entry after which the second was seen to hold what the others did; 0 if there was none. */
  readonly agreedAt: number
  readonly text: string
}

interface Held {
  readonly member: string
  readonly hash: number
}

/** How far apart members may be and still be compared. */
export interface MemberAgreementOptions {
  /** How many indices are remembered: the last ones. A member that is further behind is not compared. Default 4096. */
  readonly remembered?: number | undefined
}

/**
 * Is told what each member holds at which index (`WatchOptions.holds`), in the order of each member, and compares it with what others held
 * at the same index. A member that was restored from a snapshot is told of like any other.
 */
export class MemberAgreement {
  readonly #remembered: number
  readonly #held = new Map<number, Held>()
  readonly #agreedAt = new Map<string, number>()
  #lowest = 0
  #highest = 0
  #first: MemberDisagreement | null = null
  /** How many hashes were compared with that of another member. */
  compared = 0

  constructor({ remembered = 4096 }: MemberAgreementOptions = {}) {
    this.#remembered = remembered
  }

  /** Of the lowest index so far, or null. */
  get first(): MemberDisagreement | null {
    return this.#first
  }

  /** @returns the disagreement, if this is one that is new or at a lower index than those before. */
  note(member: string, index: number, hash: number, command: unknown): MemberDisagreement | null {
    const held = this.#held.get(index)
    if (held === undefined) {
      this.#remember(index, { member, hash })
      return null
    }
    if (held.member === member && held.hash === hash) return null
    this.compared += 1
    if (held.hash === hash) {
      this.#agreedAt.set(member, Math.max(index, this.#agreedAt.get(member) ?? 0))
      return null
    }
    if (this.#first !== null && this.#first.index <= index) return null
    this.#first = disagreement(member, held.member, index, command, this.#agreedAt.get(member) ?? 0)
    return this.#first
  }

  #remember(index: number, held: Held): void {
    if (index <= this.#highest - this.#remembered) return
    this.#held.set(index, held)
    if (this.#held.size === 1) this.#lowest = index
    this.#lowest = Math.min(this.#lowest, index)
    this.#highest = Math.max(this.#highest, index)
    // Indices without a command, or that were not looked at, are gaps.
    for (; this.#lowest <= this.#highest - this.#remembered; this.#lowest++) this.#held.delete(this.#lowest)
  }
}

function disagreement(
  member: string,
  other: string,
  index: number,
  command: unknown,
  agreedAt: number,
): MemberDisagreement {
  const [who, since] =
    member === other
      ? [`${member} holds something else than it held before, after the same commands`, '']
      : [
          `${member} and ${other} hold different values`,
          agreedAt === 0 ? '' : ` They agreed at index ${agreedAt}.`,
        ]
  const text = `${who}, as of index ${index}, the command ${shown(command)}.${since}`
  return { index, command, members: [other, member], agreedAt, text }
}
