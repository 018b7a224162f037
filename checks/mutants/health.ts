/** Faults of what a host says of its health. */
import { type Mutant, plantedIn } from './mutant.ts'

const { mutant } = plantedIn('packages/host/src')

export const health: readonly Mutant[] = [
  mutant(
    'health-ready-before-caught-up',
    'health.ts',
    '    if (this.#caughtUp.has(member)) return null\n    return this.#catchUp(link, member, timeoutMs)\n',
    '    if (timeoutMs < 0) return this.#catchUp(link, member, timeoutMs)\n    return null\n',
    'An update restarts one host after the other, each as soon as the one before says that it is ready: two of three are behind when the third goes, and the group stands still.',
    'test host test/health.test.ts is not ready before it has applied',
  ),
  mutant(
    'health-another-life-is-taken-for-caught-up',
    'health.ts',
    '      asking = committedIndex({ link, member }, timeoutMs)\n        .then(() => void this.#caughtUp.add(member))\n',
    '      asking = committedIndex({ link, member }, timeoutMs)\n        .catch(() => {})\n        .then(() => void this.#caughtUp.add(member))\n',
    'A leader that does not answer in time is taken for one that has: whoever has just started is ready.',
    'test host test/health.test.ts is not ready before it has applied',
  ),
  mutant(
    'health-learner-is-counted-on',
    'health.ts',
    '    if (member.isToBePromoted) return',
    '    if (member.isToBePromoted && ended !== null) return',
    'A host that has lost its disk is back as a learner, and the next one is taken down: no majority votes.',
    'test host test/health.test.ts that does not vote yet',
  ),
  mutant(
    'health-lives-without-storage',
    'health.ts',
    "      live: this.#end !== 'closed' && this.#storageFailure === null,\n",
    "      live: this.#end !== 'closed',\n",
    'A flush has failed, and nothing of the host runs any more; nobody starts it again.',
    'test host test/health.test.ts whose storage has failed',
  ),
]
