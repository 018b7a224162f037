/** All that a crash at one moment can leave, as far as one thing that was not synced matters for itself. */
import type { CrashChoices, CrashQuestion, SeededRandom, SimulatedFileSystem } from '@rafted/testing'

/** A disk writes a sector whole or not at all. */
const SECTOR_BYTES = 512

/** How a crash answers what no one asks about in particular. */
interface Base {
  readonly name: string
  answer(question: CrashQuestion): number
}

const kept = ({ answers }: CrashQuestion): number => answers.length - 1

const bases: readonly Base[] = [
  { name: 'all lost', answer: () => 0 },
  { name: 'all kept', answer: kept },
  // Files have their names and their lengths, and zeros in them.
  {
    name: 'data lost',
    answer: (question) => (question.about === 'entry' || question.about === 'length' ? kept(question) : 0),
  },
]

/** Random mixtures of each moment. */
const BY_CHANCE = 2

export interface CrashImageOf {
  /** What was lost or kept, in words. */
  readonly what: string
  readonly image: SimulatedFileSystem
}

/**
 * @returns the images of a crash now, each once: everything lost, or kept, or everything but the data kept; from each of these, each thing that was
 * not synced turned to each other state it can have (a name there or not, a file of each length in sectors, a write lost, kept, or torn at each sector
 * from the one side or the other); and mixtures by chance.
 */
export function crashesOf(disk: SimulatedFileSystem, random: SeededRandom): CrashImageOf[] {
  const found = new Map<string, CrashImageOf>()
  const crash = (what: string, choices: NotedChoices): NotedChoices => {
    const image = disk.image(choices)
    const { key } = choices
    if (!found.has(key)) found.set(key, { what, image })
    return choices
  }
  for (const { name, answer } of bases) {
    const { asked } = crash(name, new NotedChoices(answer))
    for (const [at, question] of asked.entries())
      for (const turn of turnsOf(question, answer(question)))
        crash(`${name}, but ${question.about} ${question.path} is ${turn.name}`, turned(answer, at, turn))
  }
  for (let i = 0; i < BY_CHANCE; i++)
    crash('by chance', new NotedChoices(({ answers }) => random.below(answers.length)))
  return [...found.values()]
}

/** Notes what is asked and answered: the answers alone tell one image of a moment from another. */
class NotedChoices implements CrashChoices {
  readonly asked: CrashQuestion[] = []
  key = ''
  readonly #answer: (question: CrashQuestion, at: number) => number

  constructor(answer: (question: CrashQuestion, at: number) => number) {
    this.#answer = answer
  }

  choose(question: CrashQuestion): number {
    const index = this.#answer(question, this.asked.length)
    this.asked.push(question)
    this.key += `${index} `
    return index
  }
}

/** Another answer to one question, and which sectors arrive if it tears a write. */
interface Turn {
  readonly name: string
  readonly index: number
  readonly arrives: (sector: number) => boolean
}

function turnsOf({ about, answers, ...question }: CrashQuestion, usual: number): Turn[] {
  return answers.flatMap((answer, index) => {
    if (index === usual) return []
    const turn = { name: answer, index, arrives: () => true }
    if (about !== 'write' || answer !== 'torn' || !('bytes' in question)) return [turn]
    return tears(question.position, question.bytes).map((tear) => ({ ...turn, ...tear }))
  })
}

function tears(position: number, bytes: number): Pick<Turn, 'name' | 'arrives'>[] {
  const sectors = Math.ceil((position + bytes) / SECTOR_BYTES) - Math.floor(position / SECTOR_BYTES)
  const all: Pick<Turn, 'name' | 'arrives'>[] = []
  for (let at = 1; at < sectors; at++)
    all.push(
      { name: `torn before sector ${at}`, arrives: (sector) => sector < at },
      { name: `torn, with what is from sector ${at} on`, arrives: (sector) => sector >= at },
    )
  return all
}

function turned(
  usual: (question: CrashQuestion) => number,
  at: number,
  { index, arrives }: Turn,
): NotedChoices {
  let sector = 0
  return new NotedChoices((question, number) => {
    if (number === at) return index
    const isOfTear = question.about === 'sector' && number === at + 1 + sector
    if (!isOfTear) return usual(question)
    return arrives(sector++) ? 1 : 0
  })
}
