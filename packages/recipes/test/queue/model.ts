/** Queues as one would write them without a thought for speed: every command looks at every message. */

interface Message {
  readonly id: number
  readonly queue: string
  readonly body: unknown
  standing: 'ready' | 'delayed' | 'taken' | 'dead'
  attempts: number
  until: number
  fence: number
  reason: string
}

export class QueuesModel {
  readonly messages: Message[] = []
  readonly maxAttempts = new Map<string, number>()
  readonly maxMessages = new Map<string, number>()
  #lastId = 0

  push(queue: string, bodies: unknown[], delayMs: number, time: number): unknown {
    if (this.#of(queue).length + bodies.length > (this.maxMessages.get(queue) ?? 100_000))
      return 'refused: full'
    this.#settle(time)
    return bodies.map((body) => {
      const id = ++this.#lastId
      const standing = delayMs === 0 ? 'ready' : 'delayed'
      this.messages.push({
        id,
        queue,
        body,
        standing,
        attempts: 0,
        until: time + delayMs,
        fence: 0,
        reason: '',
      })
      return id
    })
  }

  take(queue: string, visibilityMs: number, max: number, time: number, index: number): unknown {
    this.#settle(time)
    return this.#of(queue)
      .filter(({ standing }) => standing === 'ready')
      .slice(0, max)
      .map((message) => {
        message.standing = 'taken'
        message.attempts += 1
        message.until = time + visibilityMs
        message.fence = index
        const { id, body, attempts } = message
        return { id, body, attempt: attempts, receipt: { id, fence: index } }
      })
  }

  withHeld(
    receipt: { id: number; fence: number },
    queue: string,
    time: number,
    then: (message: Message) => unknown,
  ): unknown {
    const message = this.messages.find(({ id }) => id === receipt.id)
    if (
      message === undefined ||
      message.standing !== 'taken' ||
      message.queue !== queue ||
      message.fence !== receipt.fence ||
      message.until <= time
    )
      return 'refused: stale-receipt'
    const answer = then(message)
    this.#settle(time)
    return answer
  }

  giveBack(message: Message, until: number, reason: string): unknown {
    const isDead = message.attempts >= (this.maxAttempts.get(message.queue) ?? 5)
    message.standing = isDead ? 'dead' : until > 0 ? 'delayed' : 'ready'
    message.until = until
    message.reason = reason
    return message.standing
  }

  delete(message: Message): null {
    this.messages.splice(this.messages.indexOf(message), 1)
    return null
  }

  redrive(queue: string, ids: number[], time: number): unknown {
    const dead = this.#of(queue).filter(({ standing, id }) => standing === 'dead' && ids.includes(id))
    for (const message of dead) Object.assign(message, { standing: 'ready', attempts: 0, reason: '' })
    this.#settle(time)
    return dead.map(({ id }) => id)
  }

  configure(queue: string, { maxAttempts, maxMessages }: Record<string, number>, time: number): void {
    this.maxAttempts.set(queue, maxAttempts!)
    this.maxMessages.set(queue, maxMessages!)
    this.#settle(time)
  }

  counts(queue: string): unknown {
    const count = (which: string): number =>
      this.#of(queue).filter(({ standing }) => standing === which).length
    return {
      ready: count('ready'),
      delayed: count('delayed'),
      taken: count('taken'),
      dead: count('dead'),
      bytes: this.#of(queue).length * 8,
    }
  }

  deadLetters(queue: string): unknown {
    return this.#of(queue)
      .filter(({ standing }) => standing === 'dead')
      .map(({ id, body, attempts, reason }) => ({ id, body, attempts, reason }))
  }

  deadline(): number | null {
    const waiting = this.messages.filter(({ standing }) => standing === 'taken' || standing === 'delayed')
    return waiting.length === 0 ? null : Math.min(...waiting.map(({ until }) => until))
  }

  #of(queue: string): Message[] {
    return this.messages.filter((message) => message.queue === queue)
  }

  #settle(time: number): void {
    for (const message of this.messages)
      if (message.until <= time) {
        if (message.standing === 'taken') this.giveBack(message, 0, 'timeout')
        else if (message.standing === 'delayed') message.standing = 'ready'
      }
  }
}
