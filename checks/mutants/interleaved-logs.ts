/** Faults of the reading of logs whose groups were busy at a time. */
import { type Mutant, plantedIn } from './mutant.ts'

const { mutant } = plantedIn('packages/storage/src')

const OWN = 'test storage test/interleaved-logs.test.ts what is read of a group is its own'
const WRITTEN =
  'test storage test/interleaved-logs.test.ts cut at both ends and written anew, are what was written'

export const interleaved: readonly Mutant[] = [
  mutant(
    'log-parts-are-never-apart',
    'files/log-parts.ts',
    'return next.begin - part.end > MAX_GAP || next.end - part.begin >= LENGTHS',
    'return next.end - part.begin < 0',
    'A thousand groups that were busy at a time are started again: each reads the entries of all.',
    OWN,
  ),
  mutant(
    'log-parts-of-any-length',
    'files/log-parts.ts',
    ' || next.end - part.begin >= LENGTHS',
    '',
    'Entries lie near each other over more of a segment than the length of a part can tell: they are looked for elsewhere.',
    'test storage test/interleaved-logs.test.ts over a long way, are read part by part',
  ),
  mutant(
    'log-parts-before-what-is-wanted',
    'files/log-parts.ts',
    'if (index > first) parts.push',
    'parts.push',
    'A follower lacks the newest entry: all before it are read as well.',
    OWN,
  ),
  mutant(
    'log-parts-that-grow-hold-what-they-held',
    'files/log-parts.ts',
    'packed({ begin: part.begin, end: next.end }, countOf(before) + count)',
    'packed({ begin: part.begin, end: next.end }, countOf(before))',
    'Two entries lie near each other, a third one far behind them: it is looked for where it is not, and the log seems to be damaged.',
    WRITTEN,
  ),
  mutant(
    'log-parts-begin-with-one-entry',
    'files/log-extents.ts',
    'new Parts(extent.first, before, first - extent.first)',
    'new Parts(extent.first, before, 1)',
    'Two entries are written, and a third one far behind them: the second is looked for with the third, and the log seems to be damaged.',
    WRITTEN,
  ),
]
