/** The span of one call. */
import { type Span, SpanKind, SpanStatusCode, type Tracer } from '@opentelemetry/api'
import { isRaftedError } from '@rafted/contracts'
import { traceparentOf } from './traceparent.ts'

/** What is called. */
export interface Call {
  /** As the caller gave it. */
  readonly group: unknown
  readonly operation: string
  readonly kind: 'command' | 'query' | 'administration'
  /** It gives what came of each of many. */
  readonly isMany: boolean
}

/**
 * Calls at once, as commands take effect in the order of the calls.
 * @param run is given the span as a `traceparent`, if anybody records it.
 */
export function inSpan(tracer: Tracer, call: Call, run: (trace: string | undefined) => unknown): unknown {
  const { group, operation, kind, isMany } = call
  const attributes = {
    'rafted.group': String(group),
    'rafted.operation': operation,
    'rafted.kind': kind,
  }
  return tracer.startActiveSpan(`rafted ${operation}`, { kind: SpanKind.CLIENT, attributes }, (span) => {
    try {
      const result = run(traceparentOf(span.spanContext()))
      if (isThenable(result)) return settledInto(span, result, isMany)
      succeeded(span, result, isMany)
      return result
    } catch (error) {
      failed(span, error)
      throw error
    }
  })
}

async function settledInto(span: Span, call: PromiseLike<unknown>, isMany: boolean): Promise<unknown> {
  let result: unknown
  try {
    result = await call
  } catch (error) {
    failed(span, error)
    throw error
  }
  succeeded(span, result, isMany)
  return result
}

function succeeded(span: Span, result: unknown, isMany: boolean): void {
  span.setAttribute('rafted.outcome', 'ok')
  if (isMany) {
    const each = result as readonly PromiseSettledResult<unknown>[]
    span.setAttributes({
      'rafted.commands': each.length,
      'rafted.failed': each.filter(({ status }) => status === 'rejected').length,
    })
  }
  span.end()
}

function isThenable(result: unknown): result is PromiseLike<unknown> {
  return typeof (result as PromiseLike<unknown> | null | undefined)?.then === 'function'
}

/** Texts of errors may show arguments: what is told is the code. */
function failed(span: Span, error: unknown): void {
  const isOurs = isRaftedError(error)
  span.setAttributes({
    'rafted.outcome': isOurs ? error.outcome : 'unknown',
    'error.type': isOurs ? error.code : error instanceof Error ? error.name : typeof error,
    ...(isOurs ? { 'rafted.code': error.code } : {}),
  })
  span.setStatus({ code: SpanStatusCode.ERROR, ...(isOurs ? { message: error.code } : {}) })
  span.end()
}
