/** What was said in a room, against what each participant has heard. */
import type { Participant } from './participant.ts'

export interface Account {
  /** Messages that were acknowledged. */
  readonly said: number
  /** So often an acknowledged message did not reach somebody. */
  readonly lost: number
  /** So often a message reached somebody again. */
  readonly twice: number
  /** Whether all have heard the same in the same order, each speaker's messages as they were said. */
  readonly inOrder: boolean
}

/** @param participants of one room. */
export function accountOf(participants: readonly Participant[]): Account {
  const said = participants.flatMap((one) => one.said)
  const heard = participants.map((one) => one.heard.map(({ text }) => text))
  const sum = (of: (texts: readonly string[]) => number): number =>
    heard.reduce((all, texts) => all + of(texts), 0)
  const orders = new Set(participants.map((one) => JSON.stringify(one.heard)))
  const asSaid = participants.every(({ who, heard, said }) => {
    const own = heard.filter((message) => message.who === who).map(({ text }) => text)
    return JSON.stringify(own) === JSON.stringify(said)
  })
  return {
    said: said.length,
    lost: sum((texts) => said.filter((text) => !texts.includes(text)).length),
    twice: sum((texts) => texts.length - new Set(texts).size),
    inOrder: orders.size <= 1 && asSaid,
  }
}
