/** What groups of a simulated fleet replicate, and what their users find: each says things, and all that was said stands in one order. */
import { defineValue, isRaftedError } from '@rafted/contracts'

/** A list of what was said. */
export const room = defineValue({
  init: (): readonly string[] => [],
  commands: { say: (all, text: string) => [all.length + 1, [...all, text]] },
  queries: { all: (all) => all },
})

/** One thing that somebody said. */
interface Said {
  readonly text: string
  readonly from: number
  /** When the answer came, and what it was. */
  until: number
  position: number | null
  /** It was not done, for certain. */
  isVoid: boolean
}

/** What was said in one group, from its addition to its removal for good. */
export class RoomHistory {
  /** Of the group, with the number of its life. */
  readonly name: string
  readonly #said: Said[] = []
  #count = 0

  constructor(name: string) {
    this.name = name
  }

  /** @param say does it. Never rejects. */
  async say(say: (text: string) => Promise<number>, now: () => number): Promise<boolean> {
    const text = `${this.name} ${++this.#count}`
    const said: Said = { text, from: now(), until: Number.POSITIVE_INFINITY, position: null, isVoid: false }
    this.#said.push(said)
    try {
      said.position = await say(text)
      said.until = now()
      return true
    } catch (error) {
      if (isRaftedError(error) && error.outcome === 'not-applied') said.isVoid = true
      return false
    }
  }

  get acknowledged(): number {
    return this.#said.filter(({ position }) => position !== null).length
  }

  /** What is wrong with what stands there at the end, or null. */
  problem(all: readonly string[]): string | null {
    if (new Set(all).size !== all.length) return 'something stands there twice'
    const known = new Map(this.#said.map((said) => [said.text, said]))
    for (const text of all) {
      const said = known.get(text)
      if (said === undefined) return `"${text}" was never said here`
      if (said.isVoid) return `"${text}" stands there, and its caller was told that it was not applied`
    }
    for (const { text, position } of this.#said)
      if (position !== null && all[position - 1] !== text)
        return `"${text}" was answered ${position}, and does not stand there`
    // Whatever was answered before something else was said comes before it.
    const done = this.#said.filter(({ position }) => position !== null)
    for (const a of done)
      for (const b of done)
        if (a.until < b.from && a.position! > b.position!)
          return `"${b.text}" overtook "${a.text}", which was answered before`
    return null
  }
}
