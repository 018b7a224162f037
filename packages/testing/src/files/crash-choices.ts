/** What a crash leaves of what was not durable: a row of questions, and who answers them. */
import { RaftedError } from '@rafted/contracts'
import type { SeededRandom } from '../simulation/seeded-random.ts'

interface Question {
  /** The file, or the entry of a directory. */
  readonly path: string
  /** From "nothing of it is there" to "all of it is". Never fewer than two. */
  readonly answers: readonly string[]
}

/**
 * - `entry`: did a change of a directory's entry happen? `lost`, `kept`; for a rename `old`, `new`, and with `tornRenames` both names or neither as well.
 * - `length`: how long is the file? The lengths that it had since what is durable, those at sectors in the middle of a write included.
 *   Where it is longer than what arrived there are zeros.
 * - `write`: which sectors of a write arrived? `lost`, `torn` (each is asked for), `kept`. Sectors beyond the length are not asked for.
 * - `sector`: of a torn write, did this one arrive? `lost`, `kept`. It arrives as it was seen after the write.
 */
export type CrashQuestion =
  | (Question & {
      readonly about: 'entry'
      readonly operation: 'create' | 'remove' | 'rename'
      /** The new name of a rename. */
      readonly to: string | null
    })
  | (Question & { readonly about: 'length' })
  | (Question & { readonly about: 'write' | 'sector'; readonly position: number; readonly bytes: number })

/**
 * Answers the questions of one crash. They come in an order that depends on nothing but what is there and the answers before, so
 * that all crashes can be enumerated by counting through the answers.
 */
export interface CrashChoices {
  /** @returns an index of `question.answers`. */
  choose(question: CrashQuestion): number
}

/** The worst that is simple: what was not synced is gone. */
export const loseAll: CrashChoices = { choose: () => 0 }

/** All that was written and renamed has got to the disk, though nobody had asked for it. */
export const keepAll: CrashChoices = { choose: ({ answers }) => answers.length - 1 }

/** By chance. One in three crashes is one of the simple ones, which single answers would hit too seldom. */
export function choicesBy(random: SeededRandom): CrashChoices {
  const kind = random.below(6)
  if (kind === 0) return loseAll
  if (kind === 1) return keepAll
  return { choose: ({ answers }) => random.below(answers.length) }
}

/** By chance, but each write that can be torn is. */
export function tearing(random: SeededRandom): CrashChoices {
  return {
    choose: ({ answers }) => {
      const torn = answers.indexOf('torn')
      return torn === -1 ? random.below(answers.length) : torn
    },
  }
}

/** Asks, and tells what was answered. */
export type Ask = (question: CrashQuestion) => string

/** @param note is told of each question with its answer. */
export function asker(choices: CrashChoices, note: (line: string) => void): Ask {
  return (question) => {
    const index = choices.choose(question)
    const answer = question.answers[index]
    if (answer === undefined)
      throw new RaftedError(
        'invalid-argument',
        `A crash asks for one of ${question.answers.length} answers and got number ${index}. Answer with the index of one of \`answers\`.`,
        { outcome: 'not-applied' },
      )
    note(`crash: ${textOf(question)}: ${answer}`)
    return answer
  }
}

function textOf(question: CrashQuestion): string {
  const { about, path } = question
  if (about === 'entry') return `${question.operation} ${path}${question.to ? ` → ${question.to}` : ''}`
  if (about === 'length') return `length ${path}`
  return `${about} ${path} ${question.position}+${question.bytes}`
}
