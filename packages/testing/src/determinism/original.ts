/** The instance that all others are compared with: what it does by itself must be right, too. */
import type { ApplyContext, Codec } from '@rafted/contracts'
import { firstDifference } from './difference.ts'
import { type DeterminismFinding, findingAt, type Moment } from './finding.ts'
import { type Outcome, outcomeText, sameBytes } from './outcome.ts'
import { Sampling } from './sampling.ts'
import { shownError } from './shown.ts'
import { type Content, contentLine, isUnchanged, type Specimen } from './specimen.ts'

/** A command that the original has applied, with all that a copy of it must come to. */
export interface Applied {
  readonly context: ApplyContext
  /** The command, as it was before it was applied. */
  readonly bytes: Uint8Array
  readonly outcome: Outcome
  readonly deadline: number | null
  /** What it held then; null where it was not looked at. */
  readonly content: Content | null
}

/** Where in the log a query is asked, and at which replicated time. */
export type AskedAt = Pick<ApplyContext, 'index' | 'time'>

export class Original {
  readonly specimen: Specimen
  readonly #sampling = new Sampling()
  #known: Content | null = null

  constructor(specimen: Specimen) {
    this.specimen = specimen
  }

  /** What it holds, if that was looked at since its last command or query. */
  get known(): Content | null {
    return this.#known
  }

  /** Another version is in force: a machine in place may show what it holds in another way. */
  goBy(version: number): void {
    if (this.specimen.version === version) return
    this.specimen.version = version
    this.#known = null
  }

  /** @throws what `Specimen.content` throws. */
  content(): Content {
    this.#known ??= this.specimen.content()
    this.#sampling.measured(this.#known.nodes)
    return this.#known
  }

  /**
   * Applies a command that is this instance's own. @param like has applied all before and not this one: it shows what was changed.
   * @returns what it did; and what is wrong with it by itself, if anything.
   */
  apply(
    command: unknown,
    bytes: Uint8Array,
    context: ApplyContext,
    like: Specimen | null,
  ): { readonly applied: Applied; readonly finding: DeterminismFinding | null } {
    this.goBy(context.version)
    const due = this.#sampling.isDue(context.index)
    const before = due ? this.#look() : null
    const outcome = this.specimen.apply(command, context)
    this.#known = null
    const { codec } = this.specimen.options
    const moment: Moment = {
      index: context.index,
      operation: { kind: 'command', given: codec.decode(bytes) },
    }
    const deadline = outcome.status === 'stopped' ? null : this.specimen.deadline()
    let content: Content | null = null
    let unseen: DeterminismFinding | null = null
    try {
      if (due) content = this.content()
    } catch (error) {
      unseen = findingAt('snapshot', moment, 'left a value that has no snapshot.', [shownError(error)])
    }
    const finding =
      (before === null ? null : this.#changedValue(moment, before, like)) ??
      wrongOutcome(moment, outcome) ??
      changedArguments(moment, command, bytes, codec) ??
      changedAndRefused(moment, outcome, before, content) ??
      unseen
    return { applied: { context, bytes, outcome, deadline, content }, finding }
  }

  /** What it holds, or null if that can't be told. */
  #look(): Content | null {
    try {
      return this.content()
    } catch {
      return null
    }
  }

  /**
   * Asks a query that is this instance's own. Whether it changes the value is looked at where the value was looked at after the
   * last command.
   */
  ask(
    query: unknown,
    bytes: Uint8Array,
    { index, time }: AskedAt,
  ): { readonly answer: Outcome; readonly finding: DeterminismFinding | null } {
    const before = this.#known
    const answer = this.specimen.ask(query, time)
    const { codec } = this.specimen.options
    const moment: Moment = { index, operation: { kind: 'query', given: codec.decode(bytes) } }
    this.#known = null
    const after = before === null ? null : this.#look()
    const finding = changedByQuery(moment, before, after) ?? changedArguments(moment, query, bytes, codec)
    return { answer, finding }
  }

  #changedValue(moment: Moment, before: Content, like: Specimen | null): DeterminismFinding | null {
    if (isUnchanged(before)) return null
    const { machine } = this.specimen.options
    if (machine.failure === 'halt') return null
    const where = like === null ? [] : [contentLine(like.content(), before)]
    return findingAt('changed-value', moment, 'changes the value that it was given.', [
      ...where,
      'A command of a pure machine makes a new value; hooks, snapshots and readers still hold the one before.',
    ])
  }
}

/** Whether an operation has left its arguments as they were. */
function changedArguments(
  moment: Moment,
  given: unknown,
  bytes: Uint8Array,
  codec: Codec,
): DeterminismFinding | null {
  try {
    if (sameBytes(codec.encode(given), bytes)) return null
    if (firstDifference(given, codec.decode(bytes)) === null)
      return findingAt('not-encodable', moment, 'is not encoded in the same way each time.', [
        'Equal values have equal bytes: look at the codec.',
      ])
  } catch {
    // What can't be encoded any more has been changed, too.
  }
  return findingAt('changed-command', moment, 'changes its arguments.', ['Hooks are shown it afterwards.'])
}

function wrongOutcome(moment: Moment, outcome: Outcome): DeterminismFinding | null {
  if (outcome.status === 'not-encodable')
    return findingAt('not-encodable', moment, `gives ${outcomeText(outcome)}.`, [shownError(outcome.error)])
  if (outcome.status === 'stopped')
    return findingAt('stops', moment, 'stops each member that applies it.', [
      shownError(outcome.error),
      'What is to be refused is refused with a CommandError, before anything is changed.',
    ])
  return null
}

function changedAndRefused(
  moment: Moment,
  outcome: Outcome,
  before: Content | null,
  after: Content | null,
): DeterminismFinding | null {
  if (outcome.status === 'ok' || before === null || after === null || before.hash === after.hash) return null
  return findingAt('changed-and-refused', moment, 'changes the state and is then refused.', [
    outcomeText(outcome),
    contentLine(before, after),
  ])
}

function changedByQuery(
  moment: Moment,
  before: Content | null,
  after: Content | null,
): DeterminismFinding | null {
  if (before === null || after === null || before.hash === after.hash) return null
  // Of a value that was changed in place, what it was is gone.
  const lines = before.parts === after.parts ? [] : [contentLine(before, after)]
  return findingAt('changed-by-query', moment, 'changes the value.', lines)
}
