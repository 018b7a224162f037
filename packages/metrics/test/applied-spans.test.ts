/** From a caller's span to that of the leader which applies its command. */
import { context, SpanKind, SpanStatusCode, TraceFlags, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  AlwaysOffSampler,
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { type CallOptions, defineValue } from '@rafted/contracts'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { spanContextOf, traceparentOf } from '../src/opentelemetry/traceparent.ts'
import { appliedSpans, traced } from '../src/opentelemetry.ts'
import { EVENTS } from './made-up.ts'

const exporter = new InMemorySpanExporter()
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
const tracer = provider.getTracer('test')

beforeAll(() => void context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()))
beforeEach(() => exporter.reset())
afterAll(() => context.disable())

const list = defineValue({
  init: () => 0,
  commands: { add: (sum, more: number) => [sum + more, sum + more] },
  queries: { sum: (sum) => sum },
})

/** What its calls were made with, in the order of the calls. */
function client() {
  const options: (CallOptions | undefined)[] = []
  const call = (over?: CallOptions) => async () => void options.push(over)
  const value = (over?: CallOptions) =>
    Object.freeze({
      add: call(over),
      sum: call(over),
      with: (more: CallOptions) => value({ ...over, ...more }),
    })
  const last = async (...args: unknown[]) => void options.push(args.at(-1) as CallOptions | undefined)
  const made = {
    value: () => value() as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>,
    machine: () => ({ command: last, commandMany: last, query: last }),
    commandMany: async (...args: unknown[]) => {
      await last(...args)
      return []
    },
  }
  return { options, made }
}

test('commands take the context of their own span along, queries don’t', async () => {
  const { options, made } = client()
  const own = traced(made, { tracer })
  const value = (own.value as (...args: unknown[]) => ReturnType<typeof made.value>)('g', list)
  await value.add!(1)
  await value.sum!()
  const machine = (own.machine as (...args: unknown[]) => ReturnType<typeof made.machine>)('g', list)
  await machine.command(['add', 1], { key: 'k' })
  await machine.query(['sum'])
  await own.commandMany('g', list, [])
  const sent = exporter.getFinishedSpans().map((span) => traceparentOf(span.spanContext()))
  expect(options).toEqual([
    { trace: sent[0] },
    undefined,
    { key: 'k', trace: sent[2] },
    ['sum'],
    { trace: sent[4] },
  ])
  expect(new Set(sent).size).toBe(5)
})

test('a span that nobody records takes nothing along', async () => {
  const { options, made } = client()
  const off = new BasicTracerProvider({ sampler: new AlwaysOffSampler() }).getTracer('off')
  const value = traced(made, { tracer: off }).value as (...args: unknown[]) => ReturnType<typeof made.value>
  await value('g', list).add!(1)
  expect(options).toEqual([undefined])
})

test('a command that was applied is a span below that of its caller', () => {
  const event = EVENTS['traced-command']
  const observer = appliedSpans({ tracer })
  observer.event?.(event)
  observer.event?.({ ...event, status: 'failed' })
  const [ok, failed] = exporter.getFinishedSpans()
  expect(ok).toMatchObject({
    name: 'rafted apply',
    kind: SpanKind.SERVER,
    parentSpanContext: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' },
    attributes: { 'rafted.group': 'g', 'rafted.index': 7, 'rafted.term': 2, 'rafted.status': 'ok' },
    status: { code: SpanStatusCode.UNSET },
  })
  expect([ok!.startTime, ok!.endTime]).toEqual([
    [1_699_999_999, 997_000_000],
    [1_700_000_000, 0],
  ])
  expect(failed!.status).toEqual({ code: SpanStatusCode.ERROR })
})

test('what is no traceparent, and what is no traced command, makes no span', () => {
  const observer = appliedSpans({ tracer })
  for (const text of [
    '',
    'mine',
    `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
    `01-${'a'.repeat(32)}-b7ad6b7169203331-01`,
  ])
    observer.event?.({ ...EVENTS['traced-command'], trace: text })
  observer.event?.(EVENTS.role)
  expect(exporter.getFinishedSpans()).toEqual([])
})

test('a context comes back from its text as it was', () => {
  const own = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: TraceFlags.SAMPLED }
  const text = traceparentOf(own)
  expect(text).toBe(`00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`)
  expect(spanContextOf(text!)).toEqual({ ...own, isRemote: true })
  expect(traceparentOf({ ...own, traceFlags: TraceFlags.NONE })).toBeUndefined()
  expect(
    traceparentOf(trace.wrapSpanContext({ ...own, traceId: '0'.repeat(32) }).spanContext()),
  ).toBeUndefined()
})
