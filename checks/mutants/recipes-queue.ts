/** Faults of queues. */
import { type Mutant, plantedIn } from './mutant.ts'

const { mutant } = plantedIn('packages/recipes/src/queue')

export const recipesQueue: readonly Mutant[] = [
  mutant(
    'queue-a-receipt-outlives-its-visibility',
    'machine.ts',
    'message.fence === receipt.fence && message.until > time',
    'message.fence === receipt.fence',
    'A worker is late. Nothing came in between, so nobody has seen to it that its time is over: its ack is taken, though the visibility was over.',
    'test recipes test/queue/machine.test.ts is good until the visibility is over',
  ),
  mutant(
    'queue-any-receipt-of-the-message-is-good',
    'machine.ts',
    "message?.standing === 'taken' && message.fence === receipt.fence &&",
    "message?.standing === 'taken' &&",
    'A worker is stopped past its visibility, another takes the message, and the first goes on: its ack removes what the second works on, and may yet fail at.',
    'test checks test/recipes/queue.test.ts a worker that is late',
  ),
  mutant(
    'queue-a-delay-ends-at-the-end-of-the-queue',
    'state.ts',
    'shelf.of(message).set(id, true)',
    "shelf.of(message).set(standing === 'ready' && message.attempts > 0 ? id + 1e9 : id, true)",
    'A message that comes back stands behind all others: under load it waits for ever, and order is gone.',
    'test recipes test/queue/property.test.ts all answers are those of a plain model',
  ),
  mutant(
    'queue-dead-only-after-one-more',
    'state.ts',
    "standing === 'taken' && attempts >= this.limits(queue).maxAttempts",
    "standing === 'taken' && attempts > this.limits(queue).maxAttempts",
    'A message that kills its worker kills one more than was allowed.',
    'test recipes test/queue/machine.test.ts are what was given too often',
  ),
  mutant(
    'queue-what-was-restored-is-never-due',
    'state.ts',
    '      this.#messages.set(item[1].id, item[1])\n      this.#shelve(item[1])\n',
    '      this.#messages.set(item[1].id, item[1])\n      this.#shelve({ ...item[1], until: 0 })\n',
    'A member is restored from a snapshot while messages are delayed or with workers: when it leads, they never come back.',
    'test checks test/recipes/queue.test.ts every member does the same',
  ),
  mutant(
    'queue-consumers-sleep-through-what-comes-back',
    'state.ts',
    "if (standing === 'ready') this.#records.set(queue, { ...record, arrival: index })",
    "if (standing === 'ready' && before === undefined) this.#records.set(queue, { ...record, arrival: index })",
    'A message is given back, or its delay is over. Nothing else is put in: the consumers, which have seen this arrival, wait on.',
    'test recipes test/queue/machine.test.ts arrivals',
  ),
  mutant(
    'queue-visibility-from-the-answer',
    '../leased-work.ts',
    'if (this.#isOver) return\n    this.#until = askedAt + leaseMs',
    'if (this.#isOver) return\n    this.#until = clock.now() + leaseMs * 4',
    'A worker is cut off. It takes the message for its own for longer than the group does, and goes on while another has begun.',
    'test checks test/recipes/queue.test.ts that is cut off tells its handler',
  ),
  mutant(
    'queue-nothing-is-extended',
    '../leased-work.ts',
    'await extend(leaseMs, leftMs)',
    'await Promise.resolve([leaseMs, leftMs, extend])',
    'A handler takes longer than the visibility: another worker is given the message while the first one is at it.',
    'test checks test/recipes/queue.test.ts has so many under way as it may',
  ),
]
