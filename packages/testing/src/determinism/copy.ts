/** An instance that does again what the original has done, and must come to the same. */
import { type DeterminismFinding, findingAt, type Moment } from './finding.ts'
import type { Applied, AskedAt } from './original.ts'
import { type Outcome, outcomeLines, sameOutcome } from './outcome.ts'
import { shown } from './shown.ts'
import { type Content, contentLine, type Specimen } from './specimen.ts'

/** Said of a command, or of the machine: `compareContent`. */
export const restoredOtherwise = 'left a value that comes back from a snapshot as another one.'

/** Applies the same command, from bytes of its own. @returns where it came to something else, or null. */
export function repeat(specimen: Specimen, applied: Applied): DeterminismFinding | null {
  const { context, bytes, outcome, content } = applied
  const { codec, name } = specimen.options
  const again = specimen.apply(codec.decode(bytes), context)
  const moment: Moment = {
    index: context.index,
    operation: { kind: 'command', given: codec.decode(bytes) },
  }
  if (!sameOutcome(outcome, again))
    return findingAt('result', moment, 'gave different results.', [
      ...outcomeLines(outcome, again, ['the first instance', name]),
      ...lookedAt(specimen),
    ])
  if (outcome.status === 'stopped') return null
  if (content !== null) {
    const different = compareContent(specimen, content, moment, 'led to different values.')
    if (different !== null) return different
  }
  return compareDeadline(specimen, applied.deadline, moment)
}

/** @returns where `specimen` holds something else than `content`, or null. */
export function compareContent(
  specimen: Specimen,
  content: Content,
  moment: Moment,
  what: string,
  kind: 'value' | 'snapshot' = 'value',
): DeterminismFinding | null {
  const looked = lookedAt(specimen)
  const own = specimen.content()
  if (own.hash === content.hash) return null
  const { name } = specimen.options
  return findingAt(kind, moment, what, [
    `Compared: the first instance, and ${name}.`,
    ...(content.parts === undefined ? [] : [contentLine(content, own)]),
    ...looked,
  ])
}

function compareDeadline(
  specimen: Specimen,
  deadline: number | null,
  moment: Moment,
): DeterminismFinding | null {
  const own = specimen.deadline()
  if (Object.is(own, deadline)) return null
  return findingAt('deadline', moment, 'led to different deadlines.', [
    `the first instance: ${shown(deadline)}`,
    `${specimen.options.name}: ${shown(own)}`,
    ...lookedAt(specimen),
  ])
}

/** Asks the same, from bytes of its own. @param answer of the original. */
export function askAgain(
  specimen: Specimen,
  bytes: Uint8Array,
  answer: Outcome,
  { index, time }: AskedAt,
): DeterminismFinding | null {
  const { codec, name } = specimen.options
  const again = specimen.ask(codec.decode(bytes), time)
  if (sameOutcome(answer, again)) return null
  const moment: Moment = { index, operation: { kind: 'query', given: codec.decode(bytes) } }
  return findingAt('answer', moment, 'got different answers.', [
    ...outcomeLines(answer, again, ['the first instance', name]),
    ...lookedAt(specimen),
  ])
}

/** What may be the cause. */
function lookedAt({ looked }: Specimen): string[] {
  return looked.length === 0 ? [] : [`It looked at ${looked.join(', ')}.`]
}
