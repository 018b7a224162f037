/** What a caller gets of a command's or a query's outcome. */
import { type Codec, RaftedError } from '@rafted/contracts'
import type { ResultResponse } from '@rafted/wire'

/**
 * @returns what the operation returned.
 * @throws {RaftedError} `command-error`, `command-failed` or `query-failed`: it was refused, or failed, and the value is as it
 * was. `bad-bytes`: it was done, but its result can't be read.
 */
export function readResult(
  { status, payload, index }: ResultResponse,
  codec: Codec,
  kind: 'command' | 'query',
  group: string,
): unknown {
  if (status === 'ok') return decode(payload, codec, kind, group)
  if (status === 'refused') {
    const [reason, message, data] = refusalFields(decode(payload, codec, kind, group))
    throw new RaftedError('command-error', message, { outcome: 'not-applied', details: { reason, data } })
  }
  throw new RaftedError(
    kind === 'command' ? 'command-failed' : 'query-failed',
    `The ${kind} failed in the machine of "${group}" (index ${index}): it threw, and the value is as it was. The hosts have ` +
      'reported what it threw.',
    { outcome: 'not-applied', details: { index } },
  )
}

function refusalFields(fields: unknown): [reason: string, message: string, data: unknown] {
  const [reason, message, data] = Array.isArray(fields) ? fields : []
  return [String(reason ?? 'unknown'), String(message ?? 'The machine refused it.'), data ?? null]
}

function decode(payload: Uint8Array, codec: Codec, kind: 'command' | 'query', group: string): unknown {
  try {
    return codec.decode(payload)
  } catch (cause) {
    throw new RaftedError(
      'bad-bytes',
      `The ${kind} was done, but what "${group}" answered can't be read by this codec. Callers and members need the same one.`,
      { outcome: kind === 'command' ? 'unknown' : 'not-applied', cause },
    )
  }
}
