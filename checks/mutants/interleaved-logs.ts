/** Faults of the reading of logs whose groups were busy at a time. */
import { type Mutant, plantedIn } from './mutant.ts'

const { mutant } = plantedIn('packages/storage/src')

const OWN = 'test storage test/interleaved-logs.test.ts what is read of a group is its own'
const WRITTEN =
  'test storage test/interleaved-logs.test.ts cut at both ends and written anew, are what was written'

export const interleaved: readonly Mutant[] = [
  mutant(
    'log-spans-are-never-apart',
    'files/log-spans.ts',
    'return next.begin - span.end > MAX_GAP || next.end - span.begin >= LENGTHS',
    'return next.end - span.begin < 0',
    'A thousand groups that were busy at a time are started again: each reads the entries of all.',
    OWN,
  ),
  mutant(
    'log-spans-of-any-length',
    'files/log-spans.ts',
    ' || next.end - span.begin >= LENGTHS',
    '',
    'Entries lie near each other over more of a segment than the length of a part can tell: they are looked for elsewhere.',
    'test storage test/interleaved-logs.test.ts over a long way, are read span by span',
  ),
  mutant(
    'log-spans-before-what-is-wanted',
    'files/log-spans.ts',
    'if (index > first) spans.push',
    'spans.push',
    'A follower lacks the newest entry: all before it are read as well.',
    OWN,
  ),
  mutant(
    'log-spans-that-grow-hold-what-they-held',
    'files/log-spans.ts',
    'packed({ begin: span.begin, end: next.end }, countOf(before) + count)',
    'packed({ begin: span.begin, end: next.end }, countOf(before))',
    'Two entries lie near each other, a third one far behind them: it is looked for where it is not, and the log seems to be damaged.',
    WRITTEN,
  ),
  mutant(
    'log-spans-begin-with-one-entry',
    'files/log-extents.ts',
    'new Spans(extent.first, before, first - extent.first)',
    'new Spans(extent.first, before, 1)',
    'Two entries are written, and a third one far behind them: the second is looked for with the third, and the log seems to be damaged.',
    WRITTEN,
  ),
  mutant(
    'log-reads-through-megabytes',
    'files/log-extents.ts',
    ' &&\n    (last.spans?.bytes ?? last.end - last.offset) < READ_BYTES',
    '',
    'Entries lie near each other over sixteen megabytes: all of these are read for the first of them.',
    'test storage test/interleaved-logs.test.ts no more than a megabyte or so is read',
  ),
  mutant(
    'log-keeps-what-was-read-with-an-entry',
    'files/log-reading.ts',
    '  if (2 * size >= byteLength) return entries\n',
    '  if (size >= 0) return entries\n',
    'A thousand members read their logs, and hold what lies between their entries until these have been applied.',
    'test storage test/interleaved-logs.test.ts no more of it kept than they take',
  ),
]
