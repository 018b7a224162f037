/** In the worker: a host that is served to the application's thread. */
import { type Clock, RaftedError } from '@rafted/contracts'
import type { Host } from '../host.ts'
import { toPlain } from './errors.ts'
import { withFunctions } from './group-options.ts'
import type { Answer, FromWorker, GroupStanding, Question, ToWorker } from './messages.ts'
import type { News } from './news.ts'
import type { Port } from './port.ts'
import { ServedBackups } from './served-backups.ts'
import { ServedCalls } from './served-calls.ts'

export interface ServedHostOptions {
  readonly port: Pick<Port<FromWorker, ToWorker>, 'post'>
  readonly host: Host
  readonly cluster: string
  readonly clock: Clock
  readonly news: News
}

export class ServedHost {
  readonly #options: ServedHostOptions
  readonly #calls: ServedCalls
  readonly #backups: ServedBackups

  constructor(options: ServedHostOptions) {
    const { port, host, cluster, clock, news } = options
    this.#options = options
    this.#calls = new ServedCalls({ port, link: host.link, cluster, clock })
    this.#backups = new ServedBackups(host)
    news.standingOf = (group) => this.#standingOf(group)
  }

  take(message: ToWorker): void {
    if (message.kind === 'calls') this.#calls.take(message.calls)
    else if (message.kind === 'news-read') this.#options.news.read()
    else void this.#answer(message.id, message.question)
  }

  async #answer(id: number, question: Question): Promise<void> {
    let answer: Answer
    try {
      answer = await this.#answerTo(question)
    } catch (error) {
      answer = { error: toPlain(error) }
    }
    const standing = 'group' in question ? this.#standingOf(question.group) : null
    this.#options.port.post({ kind: 'answer', id, answer, standing })
  }

  async #answerTo(question: Question): Promise<Answer> {
    const { host, news } = this.#options
    switch (question.what) {
      case 'group':
        await host.group(question.group, await withFunctions(question.options))
        break
      case 'create-group':
        await host.createGroup(question.group, await withFunctions(question.options))
        break
      case 'leave':
        await host.leave(question.group, question.options)
        break
      case 'status':
        return { status: host.status(question.group) }
      case 'health':
        return { health: await host.health(question.options) }
      case 'backup':
        return { piece: await this.#backups.next(question.backup, question.group, question.options) }
      case 'stop-backup':
        await this.#backups.stop(question.backup)
        break
      case 'close':
        await host.close(question.options)
        news.end()
        break
    }
    return { done: true }
  }

  #standingOf(group: string): GroupStanding {
    const { host } = this.#options
    try {
      const { token } = host.leadership(group)
      const member = host.status(group)?.member ?? null
      return [group, { token, member, addresses: host.addresses(group) }]
    } catch (error) {
      if (error instanceof RaftedError) return [group, null]
      throw error
    }
  }
}
