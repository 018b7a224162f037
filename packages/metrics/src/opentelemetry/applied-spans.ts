/** Spans of commands that a leader has applied, in the traces of those who called them. */
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { Observer, RaftedEvent } from '@rafted/contracts'
import type { TraceOptions } from './traced.ts'
import { spanContextOf } from './traceparent.ts'

type TracedCommand = Extract<RaftedEvent, { readonly kind: 'traced-command' }>

/**
 * An observer for a host (`observers` makes one of several): each command that was called through `traced(client)`, here or in another process, becomes a span `rafted apply` of the host whose member leads. It begins when
 * that host took the command and ends when its member has applied it: written and flushed by a majority meanwhile. Of the kind `server`, and a child of the caller's span.
 *
 * Attributes: `rafted.group`, `rafted.index`, `rafted.term`, `rafted.status` (`ok`, `refused`, `failed`, `other`). A command that was sent again may have two; it takes effect once.
 */
export function appliedSpans(options: TraceOptions = {}): Observer {
  const { tracer = trace.getTracer('@rafted/metrics') } = options
  const made = ({
    trace: traceparent,
    group,
    index,
    term,
    status,
    appliedAt,
    tookMs,
  }: TracedCommand): void => {
    const caller = spanContextOf(traceparent)
    if (caller === null) return
    const attributes = {
      'rafted.group': group,
      'rafted.index': index,
      'rafted.term': term,
      'rafted.status': status,
    }
    const span = tracer.startSpan(
      'rafted apply',
      { kind: SpanKind.SERVER, startTime: appliedAt - tookMs, attributes },
      trace.setSpanContext(ROOT_CONTEXT, caller),
    )
    if (status === 'failed') span.setStatus({ code: SpanStatusCode.ERROR })
    span.end(appliedAt)
  }
  return {
    event: (event) => {
      if (event.kind === 'traced-command') made(event)
    },
  }
}
