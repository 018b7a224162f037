/**
 * Faults of a host whose log is damaged: what it starts with, what it asks for, what it gives. Those of the core are among the scenarios; here are some that the
 * promises of the simulator must notice as well.
 */
import { type Mutant, plantedIn } from './mutant.ts'

const { mutant } = plantedIn('packages/host/src')
const { mutant: inCore } = plantedIn('packages/core/src')

const OPENING = 'test host test/opening.test.ts'
const DAMAGED = 'test checks test/host/damaged-logs.test.ts'

export const damage: readonly Mutant[] = [
  mutant(
    'damage-waits-for-former-members',
    'repairing.ts',
    '    for (const id of this.#givers.keys()) if (!others.includes(id)) this.#givers.delete(id)\n',
    '',
    'A member is asked for an entry, and removed before it answers: nobody else is asked for it, ever, and the damaged member applies nothing any more.',
    'test host test/repairing.test.ts is a member no more',
  ),
  mutant(
    'damage-leader-is-not-asked',
    'repairing.ts',
    '    if (leader !== null) others.add(leader)\n',
    '',
    'All hosts have moved, and a member that the others have just removed is elected, since nobody else can be. Who can not read an entry asks where nobody is any more: nothing is ever committed again.',
    'test host test/repairing.test.ts whoever leads is asked as well',
  ),
  inCore(
    'damage-acknowledges-what-it-can-not-read',
    'following.ts',
    'Math.min(durability.index, following.verified, readableTo(s))',
    'Math.min(durability.index, following.verified)',
    'A leader counts the copy of a member that can not read it, commits the entry, and its own disk dies: a majority had it, and nobody can read it.',
  ),
  inCore(
    'damage-leads',
    'election.ts',
    's.reset !== null || !isWhole(s)) return false',
    's.reset !== null) return false',
    'A member is elected that can not read an entry which the others lack: it can not send it, and nobody else leads.',
  ),
  inCore(
    'damage-votes-without-knowing-for-whom',
    'election.ts',
    '  if (hasLost(s)) return false\n',
    '',
    'A member has lost an entry that it acknowledged. It votes for a log without it, and what was committed is gone.',
  ),
  mutant(
    'damage-snapshot-goes-before-the-log-says-so',
    'opening.ts',
    '      log = await losing(stores, group, log, index)\n',
    '',
    'A host ends after it has set its only snapshot aside. At its next start nothing says that the log had a beginning that could not be read.',
    `${OPENING} a snapshot is damaged and`,
  ),
  mutant(
    'damage-below-the-snapshot-stays',
    'opening.ts',
    'const base = isReadable ? kept : newest',
    'const base = kept',
    'Entries that the value holds already keep a member from voting and acknowledging until somebody gives them back, and nobody has them any more.',
    `${OPENING} entries that can not be read and that the newest snapshot covers`,
  ),
  mutant(
    'damage-loss-that-was-none-stays',
    'opening.ts',
    'log.lostTo !== null && !wasLost ? await',
    'log.lostTo !== null && wasLost ? await',
    'A snapshot is set aside that the log can do without, and the member votes for nobody until a leader has begun anew with it.',
    `${OPENING} a snapshot that is damaged is set aside`,
  ),
  mutant(
    'damage-store-is-never-told-that-all-is-back',
    'writing.ts',
    '...(healed ? { lostTo: null } : {})',
    '...(healed ? {} : {})',
    'Each time that a member starts it votes for nobody until a leader has shown it its whole log: if a majority has been so once, nobody leads.',
    `${DAMAGED} a member that has lost entries`,
  ),
  mutant(
    'damage-is-passed-over-in-memory-only',
    'member-snapshots.ts',
    '      if (isPassedOver)\n        host.logs\n          .compact(group, { index: meta.index, term: meta.term })\n          .catch((error: unknown) => this.#options.halt(error))\n',
    '',
    'A snapshot has passed over entries that can not be read, and the log on the disk still begins before them.',
    `${DAMAGED} a snapshot passes over`,
  ),
  mutant(
    'damage-nobody-is-asked-for-a-snapshot',
    'repairing.ts',
    '    this.#asking.askOneOf(others.filter((id) => this.#hasCompacted(id, pieces)))\n',
    '',
    'The others have compacted their logs beyond an entry that a member can not read: it asks them for it for ever.',
    `${DAMAGED} a snapshot passes over`,
  ),
  mutant(
    'damage-takes-snapshots-that-nobody-asked-for',
    'snapshot-asking.ts',
    'this.#asked?.from === from && passesOver',
    'this.#asked !== null && passesOver',
    'A transfer that was given up, from a host that was slow, begins again in the middle of the one from the next member, and ends it: neither comes to its end.',
    'test host test/snapshot-asking.test.ts only from who was asked',
  ),
  mutant(
    'damage-gives-snapshots-to-whoever-asks',
    'repairing.ts',
    'if (this.#others().includes(item.from)) this.#o.snapshots.give',
    'this.#o.snapshots.give',
    'A host that asks under ever new names is given a transfer for each, until the memory is full.',
    'test host test/repairing.test.ts given to members only',
  ),
  mutant(
    'damage-asks-one-member-only-for-its-snapshot',
    'snapshot-asking.ts',
    'const from = givers[(last + 1) % givers.length]!',
    'const from = givers[Math.max(last, 0)]!',
    'The member that is asked for its snapshot is cut off, and another one has the same: it is never asked, and nobody can lead.',
    'test host test/snapshot-asking.test.ts one member is asked',
  ),
  mutant(
    'damage-who-refused-once-is-never-asked-again',
    'repairing.ts',
    '    if (giver.refused.size > 0 && now >= giver.againAt) giver.refused.clear()\n',
    '',
    'An operator brings back the disk that has the entry, and the members that wait for it do not notice.',
    `${DAMAGED} an entry that nobody can read`,
  ),
  mutant(
    'damage-is-told-to-be-a-gap',
    'repairing.ts',
    "entries.length > 0 ? 'given' : 'damaged'",
    "entries.length > 0 ? 'given' : 'lacks'",
    'A member that can not read an entry either says that it never had it: whoever reads the report takes a committed entry for one that was not.',
    `${DAMAGED} an entry that nobody can read`,
  ),
]
