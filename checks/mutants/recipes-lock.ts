/** Faults of locks, and of what else is made of claims. */
import { type Mutant, plantedIn } from './mutant.ts'

const { mutant } = plantedIn('packages/recipes/src')
const hosts = 'test checks test/recipes/lock.test.ts'

export const recipesLock: readonly Mutant[] = [
  mutant(
    'lock-tokens-begin-again-after-a-snapshot',
    'claims-state.ts',
    "if ('tokens' in item) this.#tokens = item.tokens\n    else this.#put(item[0], item[1])",
    "if (!('tokens' in item)) this.#put(item[0], item[1])",
    'A member is restored from a snapshot and becomes the leader. The next holder gets the token 1, and is refused by all that is guarded.',
    'test recipes test/claims-model.test.ts a restored machine',
  ),
  mutant(
    'lock-who-is-over-still-holds',
    'claims-state.ts',
    'return (this.#places.get(name)?.claims ?? []).filter(({ until }) => until > time)',
    'return this.#places.get(name)?.claims ?? []',
    'A holder crashes, and nothing else is done in the group: its lock is never free again.',
    'test recipes test/claims-model.test.ts knows whom the model knows',
  ),
  mutant(
    'lock-the-lease-is-reckoned-from-the-answer',
    'kept-claim.ts',
    'this.#lease.confirm(sent)',
    'this.#lease.confirm(this.#lease.moment())',
    'The answer to a renewal takes long. The holder reckons its lease from when it came, and goes on when another has the lock.',
    `${hosts} by the time it was sent`,
  ),
  mutant(
    'lock-sleep-is-not-counted',
    'lease.ts',
    'return Math.max(now - this.#from.now, wall - this.#from.wall)',
    'return now - this.#from.now + 0 * wall',
    'A laptop sleeps for an hour. Its monotonic clock does not tell, and it believes that it holds the lock.',
    `${hosts} on a computer that has slept`,
  ),
  mutant(
    'lock-who-waits-is-not-renewed',
    'kept-claim.ts',
    'if (token !== null) this.#confirm(sent)\n    return token\n  }\n\n  /** @returns its token, once it holds',
    'if (token !== null && token > 0) this.#confirm(sent)\n    return token\n  }\n\n  /** @returns its token, once it holds',
    'One waits for longer than its lease, and loses its place to whoever came later.',
    `${hosts} in the order in which they came`,
  ),
  mutant(
    'lock-who-lost-its-place-waits-for-ever',
    'kept-claim.ts',
    'if (token !== 0) return token\n',
    'if (token !== 0 && token !== null) return token\n',
    'One that waits is cut off for longer than its lease. It comes back, its claim is gone, and it waits for a turn that never comes.',
    `${hosts} loses its place, and begins anew`,
  ),
  mutant(
    'lock-who-stops-waiting-stays-in-the-queue',
    'claiming.ts',
    'else void claim.letGo()',
    'else claim.end()',
    'Many try for a second each and give up. Whoever comes later waits for the leases of all of them.',
    `${hosts} waits no longer than it was to`,
  ),
]
