/** Faults of the key-value store. */
import { type Mutant, plantedIn } from './mutant.ts'

const store = plantedIn('packages/recipes/src/kv').mutant

export const recipesKv: readonly Mutant[] = [
  store(
    'kv-what-is-over-is-there-until-it-is-swept',
    'state.ts',
    'return expiresAt !== null && expiresAt <= time\n',
    'return false\n',
    'A million keys are over at once, and half a minute later some are still read, and refuse who puts them if they are absent.',
    'test recipes test/kv/kv-machine.test.ts takes a key when it is over',
  ),
  store(
    'kv-a-put-takes-any-revision-for-the-one-it-names',
    'machine.ts',
    'if (expected !== null && expected !== revision) return { done: false',
    'if (expected !== null && expected > revision) return { done: false',
    'Two clients read a key and put what they make of it, on the condition of what they have read: both are told that it was done.',
    'test checks test/recipes/kv-simulation.test.ts nobody sees',
  ),
  store(
    'kv-one-condition-is-enough',
    'transaction.ts',
    'return conditions.every((condition) => condition(state, time))',
    'return conditions.length === 0 || conditions.some((condition) => condition(state, time))',
    'A transfer is done on the condition that neither account has changed; one of them has, and what was put there is lost.',
    'test recipes test/kv/kv-machine.test.ts all of its conditions hold',
  ),
  store(
    'kv-a-lease-goes-before-its-keys',
    'change.ts',
    'if (this.#state.keysOf(lease, 1).length === 0) this.#state.removeLease(lease)',
    'this.#state.removeLease(lease)',
    'A lease of a thousand keys ends: half of them are swept, and the next command that meets one of the others stops each member.',
    'test recipes test/kv/kv-machine.test.ts is swept in bounded parts',
  ),
  store(
    'kv-a-lease-that-is-over-takes-keys-until-it-is-swept',
    'room.ts',
    'state.lease(lease, time) === null',
    '!state.leases.has(lease)',
    'A service registers itself on a lease that has just ended: it is told that it has, and nobody ever finds it.',
    'test recipes test/kv/kv-machine.test.ts is that of its lease for all',
  ),
  store(
    'kv-a-restored-store-remembers-what-it-has-forgotten',
    'snapshot.ts',
    "['store', revision, history.floor, limits]",
    "['store', revision, 0, limits]",
    'A member is started again. A watcher who has been away for long asks it, and is told what is left as if it were all there was.',
    'test recipes test/kv/kv-machine.test.ts many forgotten moments',
  ),
  store(
    'kv-watchers-are-moved-on-behind-what-did-not-fit',
    'history.ts',
    'if (looked >= LOOKED_AT || bytes >= ANSWER_BYTES) break',
    'if (looked >= LOOKED_AT || bytes >= ANSWER_BYTES) {\n        upTo = revision\n        continue\n      }',
    'A watcher has been away while two thousand keys were put: it is told of the first thousand, and goes on behind the last.',
    'test recipes test/kv/kv-machine.test.ts a watcher of much',
  ),
  store(
    'kv-a-snapshot-is-of-as-many-revisions-as-it-has-pages',
    'watch.ts',
    'revision ??= page.revision',
    'revision = page.revision',
    'A transaction changes a key of the first page and one of the last, while a watcher reads the pages: it sees half of it, and is never told of the rest.',
    'test checks test/recipes/kv.test.ts a snapshot of many pages',
  ),
  store(
    'kv-writes-overtake-the-watch-they-follow',
    'beginnings.ts',
    'if (gate === null) return write()',
    'if (gate !== undefined) return write()',
    'A program begins to watch, and puts something: the watch begins behind it, and never tells.',
    'test recipes test/kv/beginnings.test.ts leaves behind all',
  ),
]
