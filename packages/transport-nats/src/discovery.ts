/**
 * Hosts that are found by asking: whoever listens in the cluster answers with its name, on a subject that only it may publish to. Those that are down say
 * nothing, so what is found is never known to be all (F99e).
 */
import type { Clock, Find, Random } from '@rafted/contracts'
import type { NatsConnection } from './nats-connection.ts'
import { invalidArgument } from './refusal.ts'
import { hereSubject, whoSubject } from './subjects.ts'
import { isName, nameOf } from './token.ts'

/** In which cluster `natsHosts` asks, and how long it waits for answers. */
export interface NatsHostsOptions {
  /** Your connection, open. */
  readonly nats: NatsConnection
  /** The name of the cluster: only its hosts answer. */
  readonly cluster: string
  /** How long answers are waited for, milliseconds. Default 500. */
  readonly waitMs?: number | undefined
}

/** What a question is known by: 8 bytes, drawn. */
const QUESTION = /^[0-9a-f]{16}$/
/** More than these are no hosts of one cluster, but somebody who makes them up. */
const MAX_HOSTS = 1024

/** All hosts that run, for `discover`. @throws {RaftedError} `invalid-argument` */
export function natsHosts({
  nats,
  cluster,
  waitMs = 500,
  clock,
  random,
}: NatsHostsOptions & { readonly clock: Clock; readonly random: Random }): Find {
  if (!isName(cluster))
    throw invalidArgument(`The cluster is ${JSON.stringify(cluster)}. Give a text of 1 to 255 bytes.`)
  if (!(waitMs > 0 && waitMs <= 60_000)) throw invalidArgument(`waitMs is ${waitMs}. Give 1 to 60,000.`)
  const find = async (): Promise<readonly string[]> => {
    const question = Buffer.from(random.bytes(8)).toString('hex')
    const found = new Set<string>()
    let refused: Error | null = null
    const subscription = nats.subscribe(hereSubject(cluster, question, null), {
      callback: (error, { subject }) => {
        if (error !== null) refused = error
        const name = error === null ? nameOf(subject.split('.').at(-1)!) : null
        if (name !== null && found.size < MAX_HOSTS) found.add(name)
      },
    })
    try {
      // Who may not ask, or not hear the answers, is told so by the server.
      nats.publish(whoSubject(cluster), Buffer.from(question))
      await nats.flush()
      await new Promise<void>((resolve) => clock.after(waitMs, resolve))
    } finally {
      subscription.unsubscribe()
    }
    if (refused !== null) throw refused
    return [...found].sort()
  }
  return Object.assign(find, { isPartial: true as const })
}

/** Of a host: answers whoever asks who is there. @param data of the question. @returns the subject to answer on, or null if it is none. */
export function answerTo(cluster: string, host: string, data: Uint8Array): string | null {
  if (data.byteLength !== 16) return null
  const question = Buffer.from(data).toString('latin1')
  return QUESTION.test(question) ? hereSubject(cluster, question, host) : null
}
