/** Faults of the reading of damaged logs. */
import { type Mutant, plantedIn } from './mutant.ts'

const { edit, mutant } = plantedIn('packages/storage/src')

/** What is believed of a log that is damaged in several places. */
export const places: readonly Mutant[] = [
  {
    name: 'log-head-is-rebuilt-wherever-records-begin',
    schedule:
      'The head of a batch and its first record, a vote, are broken, and that is as long as three stretches: the member opens its log without the vote, and votes once more.',
    edits: [
      edit(
        'files/log-batches.ts',
        '  for (const from of [first + STRETCH_BYTES * said.stretches, end - Number(length)]) {\n',
        '  for (let from = first; from <= end; from += STRETCH_BYTES) {\n',
      ),
      edit(
        'files/log-batches.ts',
        'if (wrong.reduce((sum, count) => sum + count) <= MAX_WRONG_BYTES) return { from, records }',
        'if (wrong.length > MAX_WRONG_BYTES) return { from, records }',
      ),
    ],
    caughtBy: 'test storage test/damage-in-several-places.test.ts a record behind the broken head',
  },
  mutant(
    'log-entry-behind-a-record-that-is-none-is-not-known',
    'files/log-broken-batch.ts',
    'return wrong <= (this.#log.recordEnd(at, this.#limit) === null ? MAX_WRONG_BYTES : 0)',
    'return wrong === 0 && this.#log.recordEnd(at, this.#limit) !== null',
    'A bit flips in the first entry behind a vote: a log is refused of which the others could have healed all.',
    'test storage test/damage-in-several-places.test.ts an entry that can not be read',
  ),
  mutant(
    'log-first-batch-is-taken-for-torn',
    'files/log-batches.ts',
    ' || at === SEGMENT_HEAD_BYTES) return true',
    ') return true',
    'The first batch of the newest file is broken, and what would name it as durable as well: the log is opened without any group.',
    'test storage test/damage-in-several-places.test.ts the first batch of a file',
  ),
  mutant(
    'log-end-shown-by-an-unused-file-is-not-looked-for',
    'files/log-batches.ts',
    'return end ?? Math.max(bytes.length, durable)',
    'return end ?? bytes.length',
    'The only batches of a new file are broken, so that it counts as never used, and the file before has become shorter: a vote that stood in its end is forgotten, and nobody is told.',
    'test storage test/damage-in-several-places.test.ts says how far the one before it went',
  ),
  mutant(
    'log-file-shown-by-an-unused-one-is-not-missed',
    'files/log-read.ts',
    'if (before > (numbers.at(-2) ?? 0))',
    'if (before > number)',
    'The file before one that was begun and never used is gone: an older one is taken for the newest, and all that followed is forgotten.',
    'test storage test/damage-in-several-places.test.ts says which one was before it',
  ),
  mutant(
    'log-proof-reaches-over-earlier-holes',
    'files/log-doubts.ts',
    'if (extent.hole === hole) extent.hole = 0',
    'if (extent.hole <= hole) extent.hole = 0',
    'A cut was lost with its batch, later entries of the new term can be read: what had been cut off is there again beneath them.',
    'test storage test/damage-in-several-places.test.ts what was read before an earlier hole',
  ),
  mutant(
    'log-entries-of-groups-not-heard-of-are-left-out',
    'files/log-records.ts',
    '    if (facts === undefined) return null\n',
    '    return null\n',
    'It can not be read which groups a file begins with, and the one before it goes, since it holds nothing any more: the log has lost what can be read or put back, and the member votes for nobody.',
    'test storage test/damage-in-several-places.test.ts entries that are only named stay so',
  ),
  mutant(
    'log-group-heard-of-is-not-in-doubt',
    'files/log-records.ts',
    '    this.#doubts.isHeardOf(heard)\n',
    '',
    'It can not be read which groups a file begins with, nor where their logs begin: the log is refused, though another file says it.',
    'test storage test/damage-in-several-places.test.ts an older file that has lost what it says of groups',
  ),
  mutant(
    'log-proofs-are-dropped-before-the-damage',
    'files/log-upkeep.ts',
    'lacksBatches && extents > 0)',
    'lacksBatches && extents < 0)',
    'A damaged log is opened, a file goes that showed what of it can be believed, and the next opening has lost entries that this one has promised.',
    'test storage test/damage-in-several-places.test.ts what a log with a hole was found to hold',
  ),
]
