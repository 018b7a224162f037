/** Faults of the feature level: entries that some member can't read. */
import { type Mutant, plantedIn } from './mutant.ts'

const { mutant } = plantedIn('packages/host/src')

export const featureLevel: readonly Mutant[] = [
  mutant(
    'level-not-looked-at-where-it-is-applied',
    'replicated-state.ts',
    '    if (outcome.featureLevel !== this.settings.featureLevel)\n',
    '    if (outcome.featureLevel < 0)\n',
    'A host comes back with the older build just as the level rises. It takes the entry that says so, and guesses at what follows.',
    'test host test/feature-level.test.ts stops a member before it whose build does not know it',
  ),
  mutant(
    'level-not-looked-at-where-a-log-is-opened',
    'opening.ts',
    '  if (known.upTo > 0) checkLevel(',
    '  if (known.upTo < 0) checkLevel(',
    'The older build is started where the level has risen: instead of being refused it takes part, and stops in the middle of its log.',
    'test host test/feature-level.test.ts a log here that comes to a level which the build does not know is not begun',
  ),
  mutant(
    'level-not-looked-at-in-snapshots',
    'snapshot-content.ts',
    '  checkLevel(settings.featureLevel, ',
    '  checkLevel(settings.featureLevel && 1, ',
    'The older build is started on a snapshot of a level that it has never heard of, and goes on from there.',
    'test host test/feature-level.test.ts a snapshot carries it, and is not read by a build that does not know it',
  ),
  mutant(
    'level-of-a-snapshot-is-asked-for-again-and-again',
    'member-snapshots.ts',
    "    if (isRaftedError(error) && error.code === 'version-mismatch') this.#options.halt(error)\n",
    '    void isRaftedError\n',
    'A host comes back with the older build, and its leader stands on a snapshot of the new level: that is sent, refused and sent again, for as long as nobody looks at warnings.',
    'test host test/feature-level.test.ts a member whose leader stands on a snapshot of a level that the build does not know stops',
  ),
  mutant(
    'level-judged-by-the-machine',
    'raising.ts',
    '  featureLevel: ({ wire }) => wire,\n',
    '  featureLevel: ({ machine }) => machine,\n',
    'The code of the machine is replaced by version 2 on all hosts: the level rises to what no build reads, and all members stop.',
    'test host test/feature-level.test.ts changes nothing where one member, voting or not, does not read that version',
  ),
  mutant(
    'level-members-join-that-can-not-read-it',
    'changes.ts',
    "      levelProblem(wire, required('featureLevel'), 'in the group') ??\n",
    '      (void levelProblem, null) ??\n',
    'A host with the older build is added to a group whose level has risen: it stops, and a majority needs it.',
    'test host test/changes.test.ts reads no longer what the feature level takes, or not yet',
  ),
  mutant(
    'level-may-be-set-by-anybody',
    'settings.ts',
    '      : (risingBySelf(changes) ??\n',
    '      : ((void risingBySelf, null) ??\n',
    'A client has the level set while one member is older: nothing comes of it, but that nobody is told why, or, once all offer it, that somebody else decides when there is no way back.',
    'test host test/feature-level.test.ts never lowers it, and nobody may ask for one',
  ),
  mutant(
    'wire-newest-is-written-to-everybody',
    'outbox.ts',
    'encodeBatch(this.#head, items, { memo, version })',
    'encodeBatch(this.#head, items, { memo, version: Math.max(version, WIRE_VERSIONS[1]) })',
    'A host of the next version answers those of the old one in its own: they can read nothing of it, and it might as well be down, as long as they are not upgraded.',
    'test host test/outbox-versions.test.ts the oldest, until the other side has said what it reads',
  ),
  mutant(
    'wire-what-a-host-reads-is-known-for-ever',
    'outbox.ts',
    '    destination.version = OLDEST\n',
    '',
    'A host goes back to the old version, and has nothing to say for a while: what it is asked comes in the new one, and is not understood.',
    'test host test/outbox-versions.test.ts a host that is replaced by an older one is written to as that',
  ),
]
