/**
 * What users of a simulated cluster do with queues. Those named `plain…` have no time in them: their history has to be that of one copy. In the other one
 * visibilities and delays are short, and what has become of each message is counted at the end.
 */
import { isRaftedError } from '@rafted/contracts'
import { queue, type queues, type TakenMessage } from '@rafted/recipes'
import type { Called, SequentialModel, SimulatedUser, Workload } from '@rafted/testing'

type User = SimulatedUser<typeof queues>

type Input =
  | { readonly queue: string; readonly op: 'push'; readonly body: number }
  | { readonly queue: string; readonly op: 'take' }
  | { readonly queue: string; readonly op: 'ack' | 'nack'; readonly body: number; readonly attempt: number }

type Output = string

interface Waiting {
  readonly body: number
  readonly attempts: number
  readonly isTaken: boolean
}

/** The usual limit: what was given so often is dead. */
const MAX_ATTEMPTS = 5

/** All messages, in the order in which they were put in. */
const model: SequentialModel<readonly Waiting[], Input, Output> = {
  init: () => [],
  key: (input) => input.queue,
  step(all, input) {
    if (input.op === 'push') return ['done', [...all, { body: input.body, attempts: 0, isTaken: false }]]
    const at =
      input.op === 'take'
        ? all.findIndex(({ isTaken }) => !isTaken)
        : all.findIndex(
            ({ body, attempts, isTaken }) => isTaken && body === input.body && attempts === input.attempt,
          )
    const message = all[at]
    if (input.op === 'take')
      return message === undefined
        ? ['nothing', all]
        : [
            `${message.body} for the ${message.attempts + 1}th time`,
            all.with(at, { ...message, attempts: message.attempts + 1, isTaken: true }),
          ]
    if (message === undefined) return ['stale-receipt', all]
    const isGone = input.op === 'ack' || message.attempts === MAX_ATTEMPTS
    return ['done', isGone ? all.toSpliced(at, 1) : all.with(at, { ...message, isTaken: false })]
  },
}

const FOR_EVER_MS = 24 * 3600 * 1000

interface Followed {
  pushed: Called<unknown>['outcome'] | 'called'
  acks: number
  /** Of which it is not known what they did. */
  openAcks: number
  isSeen: boolean
}

export class QueueWorkload implements Workload<typeof queues> {
  readonly model = model
  readonly #followed = new Map<number, Followed>()
  readonly #problems: string[] = []
  #last = 0

  async act(user: User): Promise<void> {
    const { random, pause } = user
    await pause(1 + random.number() * 500)
    await (random.number() < 0.55 ? this.#plain(user) : this.#timed(user))
  }

  /** One message at a time; each queue is used for a while, so that no history is long. */
  async #plain(user: User): Promise<void> {
    const { random, value, call, pause } = user
    const name = `plain ${Math.floor(this.#last / 12)}`
    const self = queue<number>(value, name)
    if (random.number() < 0.5) {
      const body = ++this.#last
      await call({ queue: name, op: 'push', body }, () => self.push(body).then(() => 'done'))
      return
    }
    let taken: TakenMessage<number> | undefined
    await call({ queue: name, op: 'take' }, async () => {
      ;[taken] = await self.take({ visibilityMs: FOR_EVER_MS })
      return taken === undefined ? 'nothing' : `${taken.body} for the ${taken.attempt}th time`
    })
    if (taken === undefined) return
    await pause(random.number() * 300)
    const { body, attempt, receipt } = taken
    for (let times = random.number() < 0.2 ? 2 : 1; times > 0; times--) {
      const op = random.number() < 0.3 ? 'nack' : 'ack'
      await call({ queue: name, op, body, attempt }, () =>
        unlessStale(op === 'ack' ? self.ack(receipt) : self.nack(receipt)),
      )
    }
  }

  async #timed(user: User): Promise<void> {
    const { random, value, call, pause } = user
    const self = queue<number>(value, 'timed')
    if (random.number() < 0.5) {
      const body = -++this.#last
      this.#followed.set(body, { pushed: 'called', acks: 0, openAcks: 0, isSeen: false })
      const delayMs = random.number() < 0.5 ? 0 : random.number() * 2000
      const { outcome } = await call(null, () => self.push(body, { delayMs }))
      this.#followed.get(body)!.pushed = outcome
      return
    }
    const called = await call(null, () => self.take({ visibilityMs: 500 + random.number() * 2000, max: 3 }))
    if (called.outcome !== 'done') return
    const { value: taken } = called
    if (taken.some(({ id }, at) => at > 0 && id <= taken[at - 1]!.id))
      this.#problems.push('what was taken at once does not stand in the order in which it was put in')
    for (const { body } of taken) this.#followed.get(body)!.isSeen = true
    for (const { body, receipt } of taken) {
      await pause(random.number() * 1500)
      if (random.number() < 0.3)
        await call(null, () => unlessStale(self.nack(receipt, { delayMs: random.number() * 500 })))
      else {
        const message = this.#followed.get(body)!
        message.openAcks += 1
        const acked = await call(null, () => unlessStale(self.ack(receipt)))
        if (acked.outcome !== 'unknown') message.openAcks -= 1
        if (acked.outcome === 'done' && acked.value === 'done') message.acks += 1
      }
    }
  }

  async audit({ value, call, pause }: User): Promise<readonly string[]> {
    const self = queue<number>(value, 'timed')
    const problems = [...this.#problems]
    const left = new Set<number>()
    for (;;) {
      const called = await call(null, () => self.take({ max: 1000, visibilityMs: FOR_EVER_MS }))
      if (called.outcome !== 'done') return [`a healthy cluster did not answer: ${called.code}`]
      for (const { body } of called.value) {
        if (left.has(body)) problems.push(`message ${body} was given twice within its visibility`)
        left.add(body)
      }
      const counts = await self.counts()
      if (counts.ready + counts.delayed === 0 && counts.taken === left.size) break
      await pause(300)
    }
    // Those that were dead before; what is taken by now never is.
    for (const { body } of await self.deadLetters({ limit: 1000 })) left.add(body)
    for (const [body, { pushed, acks, openAcks, isSeen }] of this.#followed) {
      if (acks > 1) problems.push(`message ${body} was acknowledged ${acks} times`)
      if (acks > 0 && left.has(body)) problems.push(`message ${body} was acknowledged, and is still there`)
      if (pushed === 'done' && acks + openAcks === 0 && !left.has(body))
        problems.push(`message ${body} is lost`)
      if (pushed === 'not-applied' && (left.has(body) || isSeen))
        problems.push(`message ${body} was not put in, and is there`)
    }
    return problems
  }
}

async function unlessStale(done: Promise<unknown>): Promise<string> {
  try {
    await done
    return 'done'
  } catch (error) {
    if (isRaftedError(error, 'command-error') && error.details.reason === 'stale-receipt')
      return 'stale-receipt'
    throw error
  }
}
