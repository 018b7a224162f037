/** What a host logs: a line of JSON for each event, on standard error. */
import { isRaftedError, type Level, type Observer, type RaftedEvent } from '@rafted/contracts'
import { pino } from 'pino'
import type { Terminal } from '../terminal.ts'
import type { HostPlan } from './plan.ts'

export interface Log {
  /** Told of all that happens in the host. */
  readonly observer: Observer
  info(message: string, fields?: Readonly<Record<string, unknown>>): void
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void
  error(message: string, fields?: Readonly<Record<string, unknown>>): void
}

/** Fields of an event stand in its line by their names; values of users are in no event that is logged. */
export function createLog({ say, clock }: Terminal, { id, cluster, log: level }: HostPlan): Log {
  const log = pino(
    {
      level,
      base: { cluster, host: id },
      timestamp: () => `,"time":"${new Date(clock.wall()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: serialized },
    },
    { write: (line: string) => say(line) },
  )
  return {
    observer: { event: (event) => tell(event) },
    info: (message, fields = {}) => log.info(briefly('info', fields), message),
    warn: (message, fields = {}) => log.warn(briefly('warn', fields), message),
    error: (message, fields = {}) => log.error(fields, message),
  }

  function tell({ level: own, kind, ...fields }: RaftedEvent): void {
    log[own]({ kind, ...briefly(own, withPeer(fields)) }, kind.replaceAll('-', ' '))
  }
}

/** What Rafted foresees, as hosts that don't listen yet, is no mistake in its code: only where something is wrong, it is told where that was found. */
function briefly(level: Level, fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (level === 'error' || !isRaftedError(fields.error)) return fields
  const { stack: _, ...error } = pino.stdSerializers.err(fields.error)
  return { ...fields, error: { ...error, message: fields.error.message } }
}

/** An error's message names its cause already: pino would say that twice. The stack has both. Others come from other hosts. */
function serialized(error: unknown): unknown {
  if (error instanceof Error) return { ...pino.stdSerializers.err(error), message: advised(error.message) }
  const message = (error as { message?: unknown } | null)?.message
  return typeof message === 'string' ? { ...(error as object), message: advised(message) } : error
}

/** What a program would be told to call, a person is told to type. */
function advised(message: string): string {
  return message.replace("host.group(name, { …, formerData: 'lost' })", '--former-data-lost')
}

/** The host of an event about another one has a name of its own: `host` is the one that logs. */
function withPeer(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { host, ...rest } = fields
  return host === undefined ? rest : { ...rest, peer: host }
}
