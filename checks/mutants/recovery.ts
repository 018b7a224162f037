/** Faults of recovery, backup and restore. */
import { type Mutant, plantedIn } from './mutant.ts'

const storage = plantedIn('packages/storage/src/recovery')
const host = plantedIn('packages/host/src/backup')
const client = plantedIn('packages/client/src')

const RECOVER = 'test checks test/recovery/recover.test.ts'
const CRASHES = 'test checks test/recovery/crashes.test.ts two snapshots'
const BACKUP = 'test checks test/recovery/backup.test.ts'
const TRANSFERS = 'test host test/backup-transfers.test.ts'

export const recovery: readonly Mutant[] = [
  storage.mutant(
    'recovery-compares-indexes-alone',
    'plan.ts',
    '    b.last.term - a.last.term ||\n',
    '',
    'A member that was cut off has a long suffix of an old term that was never committed; another one has what was acknowledged since. The group goes on from the first, and what was acknowledged is gone.',
    `${RECOVER} the higher last term wins`,
  ),
  storage.mutant(
    'recovery-picks-the-shortest-log',
    'plan.ts',
    'b.last.index - a.last.index ||',
    'a.last.index - b.last.index ||',
    'Of two members of one term the one that lacks what was acknowledged last is taken.',
    `${RECOVER} the higher last term wins`,
  ),
  storage.mutant(
    'recovery-keeps-the-incarnation',
    'renewal.ts',
    'incarnation: drawId(random),',
    'incarnation: base.log.incarnation,',
    'A voter that was given up comes back, and takes the new leader for a member of its own group: two logs are mixed.',
    `${RECOVER} the base goes on under a new incarnation`,
  ),
  storage.mutant(
    'recovery-keeps-the-member',
    'renewal.ts',
    'member: drawId(random) }',
    'member: base.log.member }',
    'The member that goes on has the id of one that has voted and acknowledged under another incarnation.',
    `${RECOVER} the base goes on under a new incarnation`,
  ),
  storage.mutant(
    'recovery-of-a-quorum',
    'plan.ts',
    '  if (skipIndex === null) checkQuorum(',
    '  if (skipIndex === -1) checkQuorum(',
    'Two of three hosts are there, and would elect a leader and lose nothing. One of them is made the whole group instead.',
    `${RECOVER} a quorum is refused`,
  ),
  storage.mutant(
    'recovery-counts-one-half-of-a-joint-quorum',
    'plan.ts',
    'if (!isQuorum(voters) || (outgoing !== null && !isQuorum(outgoing))) return',
    'if (!isQuorum(voters) && (outgoing === null || !isQuorum(outgoing))) return',
    'While a change is joint, a majority of the old voters is left and none of the new ones: nothing can be decided, and recovery is refused.',
    `${RECOVER} while a change is joint`,
  ),
  storage.mutant(
    'recovery-does-not-hear-voters',
    'recover.ts',
    '!here.has(voter.host) && (await answers(voter))',
    '!here.has(voter.host) && (await answers(voter)) && here.has(voter.host)',
    'The other two hosts live, and serve the group; here a second incarnation of it begins.',
    `${RECOVER} a voter that answers is not lost`,
  ),
  storage.mutant(
    'recovery-takes-one-that-cannot-be-proven',
    'plan.ts',
    '  if (fault === null) return\n',
    '  if (fault === null || group !== directory.host) return\n',
    'The survivor that knows most lacks the snapshot that its log begins after: what it goes on with is a log without its beginning.',
    `${RECOVER} the one that knows most is refused`,
  ),
  {
    name: 'recovery-changes-the-log-first',
    schedule:
      'The log has its new incarnation, the machine crashes, and the snapshots that it begins after are of the old one: neither of the two groups can be opened.',
    edits: [
      storage.edit(
        'renewal.ts',
        "  await renewSnapshots(fileSystem, join(path, 'snapshots'), snapshots, renewed.incarnation)\n  await logs.renew(group, renewed, write)\n",
        "  await logs.renew(group, renewed, write)\n  await renewSnapshots(fileSystem, join(path, 'snapshots'), snapshots, renewed.incarnation)\n",
      ),
    ],
    caughtBy: CRASHES,
  },
  storage.mutant(
    'recovery-takes-snapshots-whose-log-has-not-changed',
    'renewed-snapshots.ts',
    ')) !== incarnations.get(key)) continue',
    ")) !== incarnations.get(key) && key === '') continue",
    'The machine crashes before the log has its new incarnation; the next start gives the snapshots theirs all the same, and the old group has lost what they held.',
    CRASHES,
  ),
  storage.mutant(
    'recovery-snapshots-keep-their-incarnation',
    'renewed-snapshots.ts',
    'encodeTail({ ...opened.meta, incarnation })',
    'encodeTail({ ...opened.meta, incarnation: opened.meta.incarnation })',
    'The log begins after a snapshot of another group.',
    `${RECOVER} snapshots go along`,
  ),
  storage.mutant(
    'recovery-leaves-the-others-as-they-are',
    'set-aside.ts',
    '  await stores.logs.remove(place.group)\n',
    '',
    'The host of another survivor starts, and its member goes on waiting for voters that are lost; with one that is found again it is a majority of the former incarnation.',
    `${RECOVER} the others are set aside`,
  ),
  storage.mutant(
    'recovery-skips-the-place-in-the-session-as-well',
    'renewal.ts',
    '  return { ...entry, payload }\n',
    '  return { ...entry, kind: 0, payload: payload.subarray(payload.length) }\n',
    'A command is skipped, and its session waits for it for ever: all that stands behind it in the log is a gap, and takes no effect.',
    `${RECOVER} a command that is skipped has failed`,
  ),
  host.mutant(
    'backup-checksums-are-not-looked-at',
    'frames.ts',
    'if (view.getUint32(5, true) !== checksumOf(number, head[0]!, content)) return null',
    'if (view.getUint32(5, true) + checksumOf(number, head[0]!, content) < 0) return null',
    'A bit turns in a backup, and the group begins with a value that nobody ever saw.',
    `${BACKUP} every byte counts`,
  ),
  host.mutant(
    'backup-needs-no-leader',
    'backup.ts',
    "read: 'linearizable'",
    "read: 'stale'",
    'A backup is taken at a member that was cut off an hour ago, and lacks what was acknowledged since.',
    `${BACKUP} without a leader there is no backup`,
  ),
  host.mutant(
    'restore-forgets-results-by-key',
    'restored.ts',
    'new Sessions(), state.results)',
    'new Sessions())',
    'A caller that did not hear the answer comes back with its key, and the command takes effect a second time in the restored group.',
    `${BACKUP} a command that was retried takes effect once`,
  ),
  host.mutant(
    'restore-stops-behind-the-index',
    'restored.ts',
    'entry.index <= upTo) apply',
    'entry.index <= upTo + 1) apply',
    'A group is restored as it was before a mistake, and the mistake is in it.',
    `${BACKUP} a group begins with the value as it was at an index`,
  ),
  host.mutant(
    'backup-pieces-are-given-once',
    'transfers.ts',
    'number < known.number ||',
    'number <= known.number ||',
    'The answer with a piece is lost: the backup is given up, and so is the next one, on a network that loses one in a thousand.',
    `${TRANSFERS} whose answer was lost`,
  ),
  host.mutant(
    'backups-that-nobody-reads-are-kept',
    'transfers.ts',
    'known.cancel = this.#o.clock.after(PATIENCE_MS, () => this.#end(transfer))',
    'known.cancel = () => {}',
    'Eight clients are killed in the middle of a backup. Their views are held for ever, and no backup can be taken any more.',
    `${TRANSFERS} is given up after a while`,
  ),
  client.mutant(
    'backups-are-put-together-of-two',
    'backing-up.ts',
    '(wanted !== null && transfer !== wanted.transfer)',
    'false',
    'A host is started again while a backup is taken, and gives a piece of another one in its place.',
    'test client test/backing-up.test.ts nothing is put together of two backups',
  ),
]
