/** A machine that is watched while something else uses it: each of its instances has a copy that must do the same. */
import type { ApplyContext, Codec, Machine, QueryContext, StateMachine } from '@rafted/contracts'
import { askAgain, compareContent, repeat, restoredOtherwise } from './copy.ts'
import { type DeterminismFinding, findingAt, type Moment, START } from './finding.ts'
import { type Applied, Original } from './original.ts'
import { unwrapped } from './outcome.ts'
import { shownError } from './shown.ts'
import { arriving, type Content, Specimen, type SpecimenOptions } from './specimen.ts'
import { farSurroundings, nearSurroundings, type Surroundings } from './surroundings.ts'
import { openView, readView, type View } from './view.ts'

/** Who is told what the watching finds, and what the copies see. */
export interface WatchOptions {
  /** Is told the first thing that is wrong with an instance; that one is not watched any more. */
  readonly tell: (finding: DeterminismFinding) => void
  /**
   * Is told what an instance holds after a command, where it was looked at: after each while the value is small, more rarely
   * after. For a `MemberAgreement`.
   */
  readonly holds?: ((index: number, hash: number, command: unknown) => void) | undefined
  /** Of the other surroundings, and of the chance that this machine sees: one of its own for each member. Default 1. */
  readonly seed?: number | undefined
  /** Makes the machine afresh for each copy, so that what its instances share by mistake is found. Default: the machine itself. */
  readonly copy?: (() => Machine) | undefined
}

/** A copy is made from a snapshot whenever the value was looked at this many times. */
const LOOKS_PER_RESTORE = 16
/** Commands that wait for a copy that is being restored; it is given up when there are more. */
const MAX_BEHIND = 1024

/**
 * A machine that does what `machine` does, for whoever runs it, and is checked meanwhile. Each command is applied a second time, to
 * a copy that has its own bytes, sees another time of day, another chance, locale and time zone, and was made from a snapshot
 * not long ago. Results are compared each time, values as often as their size allows.
 *
 * What is found is told; the machine itself goes on. Its own exceptions are passed on.
 */
export function watchedForDeterminism(machine: Machine, options: WatchOptions): Machine {
  const { seed = 1 } = options
  const ofOriginal = (codec: Codec): SpecimenOptions => {
    return { machine, codec, surroundings: nearSurroundings(seed), name: 'the first instance' }
  }
  return {
    ...machine,
    create(codec) {
      const watch = new Watch(Specimen.create(ofOriginal(codec)), options)
      watch.createCopy()
      return watch.shown()
    },
    async restore(chunks, codec, version) {
      const watch = new Watch(await Specimen.restore(chunks, { ...ofOriginal(codec), version }), options)
      await watch.restoreCopy()
      return watch.shown()
    },
  }
}

/** A copy that is being restored from what was held at `moment`, and the commands since. */
interface Restoring {
  readonly content: Content
  readonly moment: Moment
  readonly behind: Applied[]
  /** In force at `moment`. */
  readonly version: number
  /** Its snapshot, which is read after the next command; null from then on. */
  view: View | null
}

/** One instance and its copy. */
class Watch {
  readonly #options: WatchOptions
  readonly #original: Original
  readonly #far: Surroundings
  /** Null until there is one, and once something was found. */
  #copy: Specimen | null = null
  #restoring: Restoring | null = null
  #stopped = false
  #looks = 0
  /** Of the last command. */
  #index = 0

  constructor(specimen: Specimen, options: WatchOptions) {
    this.#original = new Original(specimen)
    this.#options = options
    this.#far = farSurroundings((options.seed ?? 1) ^ 0x5bd1e995)
  }

  #ofCopy(name: string, version?: number): SpecimenOptions {
    const { machine, codec } = this.#original.specimen.options
    return { machine: this.#options.copy?.() ?? machine, version, codec, surroundings: this.#far, name }
  }

  /** The first copy of an instance that was created. */
  createCopy(): void {
    this.#check(START, () => {
      const copy = Specimen.create(this.#ofCopy('a second instance, in other surroundings'))
      this.#copy = copy
      return compareContent(copy, this.#original.content(), START, 'is made with different values.')
    })
  }

  /** The first copy of an instance that was restored. */
  async restoreCopy(): Promise<void> {
    let content: Content | null = null
    this.#check(START, () => {
      content = this.#original.content()
      return null
    })
    if (content === null) return
    const { version } = this.#original.specimen
    const chunks = this.#original.specimen.snapshot()
    await this.#restore({ content, moment: START, behind: [], version, view: null }, chunks)
  }

  /** The instance as its user sees it. */
  shown(): StateMachine {
    const { instance } = this.#original.specimen
    return {
      apply: (command, context) => this.#apply(command, context),
      query: (query, context) => this.#query(query, context),
      snapshot: (version) => instance.snapshot(version),
      encodesAtOnce: instance.encodesAtOnce === true,
      get value() {
        return instance.value
      },
      ...(instance.undo === undefined ? {} : { undo: () => instance.undo!() }),
      ...(instance.deadline === undefined ? {} : { deadline: () => instance.deadline!() }),
    }
  }

  #apply(command: unknown, context: ApplyContext): unknown {
    const moment: Moment = { index: context.index, operation: { kind: 'command', given: command } }
    const bytes = this.#encoded(command, moment)
    if (bytes === null) return this.#original.specimen.instance.apply(command, context)
    this.#index = context.index
    const { applied, finding } = this.#original.apply(command, bytes, context, this.#copy)
    this.#check(moment, () => finding ?? (this.#copy === null ? null : repeat(this.#copy, applied)))
    this.#keep(applied, moment)
    if (applied.content !== null) {
      this.#options.holds?.(context.index, applied.content.hash, command)
      this.#renew(applied.content, moment)
    }
    return unwrapped(applied.outcome)
  }

  /** Another version may have come into force since the last command. */
  #goBy(version: number | undefined): void {
    if (version === undefined) return
    this.#original.goBy(version)
    if (this.#copy !== null) this.#copy.version = version
  }

  #query(query: unknown, context: QueryContext | undefined): unknown {
    const moment: Moment = { index: this.#index, operation: { kind: 'query', given: query } }
    const bytes = this.#encoded(query, moment)
    if (bytes === null) return this.#original.specimen.instance.query(query, context)
    this.#goBy(context?.version)
    const at = { index: moment.index, time: context?.time ?? 0 }
    const { answer, finding } = this.#original.ask(query, bytes, at)
    const again = (): DeterminismFinding | null =>
      this.#copy === null ? null : askAgain(this.#copy, bytes, answer, at)
    this.#check(moment, () => finding ?? again())
    return unwrapped(answer)
  }

  /** @returns null if nothing is compared any more. */
  #encoded(operation: unknown, moment: Moment): Uint8Array | null {
    if (this.#stopped) return null
    try {
      return this.#original.specimen.options.codec.encode(operation)
    } catch (error) {
      this.#found(findingAt('not-encodable', moment, "can't be encoded again.", [shownError(error)]))
      return null
    }
  }

  /** For the copy that is being restored, and begins to. */
  #keep(applied: Applied, moment: Moment): void {
    const restoring = this.#restoring
    if (restoring === null) return
    if (restoring.behind.push(applied) > MAX_BEHIND) this.#restoring = null
    const { view } = restoring
    if (view === null) return
    restoring.view = null
    try {
      const { chunks, finding } = readView(view, moment)
      if (finding === null) void this.#restore(restoring, chunks)
      else this.#found(finding)
    } catch (error) {
      this.#found(unrestorable(restoring.moment, error))
    }
  }

  /** Begins to make the next copy from a snapshot, when it is time. */
  #renew(content: Content, moment: Moment): void {
    this.#looks += 1
    if (this.#looks < LOOKS_PER_RESTORE || this.#restoring !== null || this.#stopped) return
    this.#looks = 0
    this.#check(moment, () => {
      const view = openView(this.#original.specimen, content)
      const { version } = this.#original.specimen
      this.#restoring = { content, moment, behind: [], version, view }
      return null
    })
  }

  /** Never rejects: what goes wrong is told. Until it is there, the copy before it goes on. */
  async #restore(restoring: Restoring, chunks: Iterable<Uint8Array>): Promise<void> {
    this.#restoring = restoring
    const { content, moment, version } = restoring
    const at = moment.operation === null ? '' : ` at index ${moment.index}`
    try {
      const options = this.#ofCopy(
        `an instance restored from a snapshot${at}, in other surroundings`,
        version,
      )
      const copy = await Specimen.restore(arriving(chunks), options)
      if (this.#restoring !== restoring) return
      this.#restoring = null
      this.#check(moment, () => caughtUp(copy, content, moment, restoring.behind))
      if (!this.#stopped) this.#copy = copy
    } catch (error) {
      if (this.#restoring !== restoring) return
      this.#found(unrestorable(moment, error))
    }
  }

  /** Tells what `look` finds; also if it can't look. */
  #check(moment: Moment, look: () => DeterminismFinding | null): void {
    if (this.#stopped) return
    let finding: DeterminismFinding | null
    try {
      finding = look()
    } catch (error) {
      finding = findingAt('not-encodable', moment, "led to what can't be looked at.", [shownError(error)])
    }
    if (finding !== null) this.#found(finding)
  }

  #found(finding: DeterminismFinding): void {
    this.#stopped = true
    this.#copy = null
    this.#restoring = null
    this.#options.tell(finding)
  }
}

function unrestorable(moment: Moment, error: unknown): DeterminismFinding {
  return findingAt('snapshot', moment, "left a value that can't be restored.", [shownError(error)])
}

/** What is wrong with a copy that was just restored, at first or with the commands since. */
function caughtUp(
  copy: Specimen,
  content: Content,
  moment: Moment,
  behind: readonly Applied[],
): DeterminismFinding | null {
  let finding = compareContent(copy, content, moment, restoredOtherwise, 'snapshot')
  for (let i = 0; i < behind.length && finding === null; i++) finding = repeat(copy, behind[i]!)
  return finding
}
