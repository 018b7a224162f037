/** A machine and some commands, without a group: whether every member would come to the same. */
import { type ApplyContext, type Codec, codecOf, type Machine } from '@rafted/contracts'
import { valueCodec } from '@rafted/wire'
import { SeededRandom } from '../simulation/seeded-random.ts'
import { askAgain, compareContent, repeat, restoredOtherwise } from './copy.ts'
import { type DeterminismFinding, findingAt, type Moment, START } from './finding.ts'
import { type Applied, type AskedAt, Original } from './original.ts'
import { shownError } from './shown.ts'
import { arriving, type Content, Specimen } from './specimen.ts'
import { farSurroundings, nearSurroundings } from './surroundings.ts'
import { openView, readView, type View } from './view.ts'

/** What is checked: a machine, by what it is fed. */
export interface DeterminismCheck {
  /**
   * The machine; or a function that makes it afresh for each instance, so that what instances share by mistake, in a closure or
   * a module, is found. It may import the module anew: `() => import(`./auction.js?${n++}`).then((module) => module.auction)`.
   */
  readonly machine: Machine | (() => Machine | Promise<Machine>)
  /** Applied in this order, at the indices 1, 2, 3 … of term 1. For a value with named operations: `['bid', 'ann', 120]`. */
  readonly commands: Iterable<unknown>
  /** Asked after each command. */
  readonly queries?: Iterable<unknown> | undefined
  /** Replicated time of the command at this place (from 0), milliseconds; never goes back. Default: up to a second after the last. */
  readonly time?: ((place: number) => number) | undefined
  /** The same seed gives the same finding. Default 1. */
  readonly seed?: number | undefined
  /** Of the machine's versions, the one that is in force. Check each that it still knows. Default: the newest. */
  readonly version?: number | undefined
}

/** Instances restored from snapshots that go on at any time. */
const MAX_RESTORED = 8

/**
 * Applies the commands to several instances that are fed the same, each from its own bytes, and compares what they do and hold:
 * one as it comes; one that sees another time of day, another chance, locale and time zone; some that were restored
 * from snapshots on the way; and one that is fed when all others are done.
 *
 * @returns the first thing that is wrong, or null. A large value is not looked at after each command, but so often that
 * a command costs no more than with one of a few hundred parts; results are compared for each command.
 */
export async function checkDeterminism(options: DeterminismCheck): Promise<DeterminismFinding | null> {
  const run = await DeterminismRun.begin(options)
  return run.all(options.commands)
}

class DeterminismRun {
  readonly #options: DeterminismCheck
  readonly #random: SeededRandom
  readonly #codec: Codec
  readonly #original: Original
  readonly #second: Specimen
  readonly #late: Specimen
  readonly #restored: Specimen[] = []
  readonly #queries: readonly Uint8Array[]
  readonly #history: Applied[] = []
  #time = 0
  /** Of the last entry. */
  #index = 0

  static async begin(options: DeterminismCheck): Promise<DeterminismRun> {
    const machines: Machine[] = []
    for (let i = 0; i < 3; i++) machines.push(await made(options.machine))
    return new DeterminismRun(options, machines as [Machine, Machine, Machine])
  }

  private constructor(options: DeterminismCheck, [machine, second, late]: [Machine, Machine, Machine]) {
    const { seed = 1, queries = [] } = options
    this.#options = options
    this.#random = new SeededRandom(seed)
    const codec = codecOf(machine, valueCodec)
    this.#codec = codec
    const surroundings = nearSurroundings(this.#seed())
    this.#original = new Original(
      Specimen.create({ machine, version: options.version, codec, surroundings, name: 'the first instance' }),
    )
    this.#second = Specimen.create(this.#copy(second, 'a second instance, in other surroundings'))
    this.#late = Specimen.create(this.#copy(late, 'an instance that was fed when the others were done'))
    this.#queries = [...queries].map((query) => codec.encode(query))
  }

  #seed(): number {
    return this.#random.below(2 ** 32)
  }

  #copy(machine: Machine, name: string) {
    const { version } = this.#options
    return { machine, version, codec: this.#codec, surroundings: farSurroundings(this.#seed()), name }
  }

  async all(commands: Iterable<unknown>): Promise<DeterminismFinding | null> {
    const made = await this.#guarded(START, () => this.#begun())
    if (made !== null) return made
    let place = 0
    for (const command of commands) {
      this.#passTime(place++)
      const finding = (await this.#atDeadline()) ?? (await this.#next(command))
      if (finding !== null) return finding
    }
    return this.#afterwards()
  }

  /** Where the machine's deadline has come by then, what belongs to it is applied first, as a leader has it done. */
  async #atDeadline(): Promise<DeterminismFinding | null> {
    const { specimen } = this.#original
    const { atDeadline } = specimen.options.machine
    const deadline = atDeadline === undefined ? null : specimen.deadline()
    return deadline !== null && deadline <= this.#time ? this.#next(atDeadline) : null
  }

  async #next(command: unknown): Promise<DeterminismFinding | null> {
    const { version } = this.#original.specimen
    const context: ApplyContext = { index: ++this.#index, term: 1, time: this.#time, version }
    const moment: Moment = { index: context.index, operation: { kind: 'command', given: command } }
    return this.#guarded(moment, () => this.#one(command, context, moment))
  }

  /** What can't be encoded, or looked at, is a finding as well. */
  async #guarded(
    moment: Moment,
    look: () => Promise<DeterminismFinding | null>,
  ): Promise<DeterminismFinding | null> {
    try {
      return await look()
    } catch (error) {
      return findingAt('not-encodable', moment, "can't be checked.", [shownError(error)])
    }
  }

  async #begun(): Promise<DeterminismFinding | null> {
    const content = this.#original.content()
    for (const copy of [this.#second, this.#late]) {
      const finding = compareContent(copy, content, START, 'is made with different values.')
      if (finding !== null) return finding
    }
    return this.#restore(content, START)
  }

  #passTime(place: number): void {
    const { time = () => this.#time + this.#random.below(1000) } = this.#options
    this.#time = time(place)
  }

  async #one(command: unknown, context: ApplyContext, moment: Moment): Promise<DeterminismFinding | null> {
    const bytes = this.#codec.encode(command)
    const view = this.#openView()
    const { applied, finding } = this.#original.apply(this.#codec.decode(bytes), bytes, context, this.#second)
    if (finding !== null) return finding
    this.#history.push({ ...applied, content: withoutParts(applied.content) })
    for (const copy of [this.#second, ...this.#restored]) {
      const different = repeat(copy, applied)
      if (different !== null) return different
    }
    const changed = view === null ? null : readView(view, moment).finding
    const found = changed ?? this.#ask(context)
    if (found !== null || applied.content === null) return found
    return this.#restore(applied.content, moment)
  }

  /** A snapshot that is begun before the next command and read after it; null for a value, which nothing can change. */
  #openView(): View | null {
    const { known, specimen } = this.#original
    return known === null || known.snapshot === null ? null : openView(specimen, known)
  }

  #ask(at: AskedAt): DeterminismFinding | null {
    for (const bytes of this.#queries) {
      const { answer, finding } = this.#original.ask(this.#codec.decode(bytes), bytes, at)
      if (finding !== null) return finding
      for (const copy of [this.#second, ...this.#restored]) {
        const different = askAgain(copy, bytes, answer, at)
        if (different !== null) return different
      }
    }
    return null
  }

  /** One more instance that goes on from here; where there are many, in the place of one of them. */
  async #restore(content: Content, moment: Moment): Promise<DeterminismFinding | null> {
    const machine = await made(this.#options.machine)
    const copy = this.#copy(machine, `an instance restored from a snapshot at index ${moment.index}`)
    let restored: Specimen
    try {
      restored = await Specimen.restore(arriving(this.#original.specimen.snapshot()), copy)
    } catch (error) {
      return findingAt('snapshot', moment, "left a value that can't be restored.", [shownError(error)])
    }
    const finding = compareContent(restored, content, moment, restoredOtherwise, 'snapshot')
    if (finding !== null) return finding
    const place =
      this.#restored.length < MAX_RESTORED ? this.#restored.length : this.#random.below(MAX_RESTORED)
    this.#restored[place] = restored
    return null
  }

  /** What instances share has come to its end, and one begins. */
  #afterwards(): DeterminismFinding | null {
    for (const applied of this.#history) {
      const finding = repeat(this.#late, applied)
      if (finding !== null) return finding
    }
    return null
  }
}

async function made(machine: DeterminismCheck['machine']): Promise<Machine> {
  return typeof machine === 'function' ? machine() : machine
}

/** All there is to keep for later: what it held is gone by then. */
function withoutParts(content: Content | null): Content | null {
  return content === null ? null : { ...content, parts: undefined, snapshot: null }
}
