/** A span's context as text, as W3C Trace Context has it: so it travels with a command. */
import { isSpanContextValid, type SpanContext, TraceFlags } from '@opentelemetry/api'

const VERSION = '00'
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/

/** @returns undefined for a span that nobody records: nothing has to travel for it. */
export function traceparentOf({ traceId, spanId, traceFlags }: SpanContext): string | undefined {
  const isRecorded = (traceFlags & TraceFlags.SAMPLED) !== 0
  if (!isRecorded || !isSpanContextValid({ traceId, spanId, traceFlags })) return undefined
  return `${VERSION}-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`
}

/** @returns null for what is none, or of a version that this doesn't know. */
export function spanContextOf(traceparent: string): SpanContext | null {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent) ?? []
  if (traceId === undefined || spanId === undefined || flags === undefined) return null
  const context = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true }
  return isSpanContextValid(context) ? context : null
}
