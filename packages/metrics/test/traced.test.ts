/** The spans of a client's calls, as OpenTelemetry's own SDK has them. */
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { defineValue, RaftedError } from '@rafted/contracts'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { traced } from '../src/opentelemetry.ts'

const exporter = new InMemorySpanExporter()
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  trace.setGlobalTracerProvider(provider)
})
beforeEach(() => exporter.reset())
afterAll(() => {
  context.disable()
  trace.disable()
})

const list = defineValue({
  init: () => [] as readonly string[],
  commands: {
    add: (items, item: string) => [items.length, [...items, item]],
    // A name that a client has as well.
    commandMany: (items, more: readonly string[]) => [more, [...items, ...more]],
  },
  queries: { all: (items) => items },
})

/** A client whose calls end as they are told to, with private fields as that of `rafted` has. */
class MadeUpClient {
  readonly #called: unknown[] = []
  readonly client = { value: (name: string, definition: typeof list) => this.value(name, definition) }
  readonly id = 'a'
  /** What becomes of each call. */
  ends: () => unknown = () => Promise.resolve('done')

  get called(): readonly unknown[] {
    return this.#called
  }

  value(name: string, _definition: typeof list) {
    const call =
      (operation: string) =>
      (...args: unknown[]) => {
        this.#called.push([name, operation, ...args])
        return this.ends()
      }
    const handle = () =>
      Object.freeze({
        add: call('add'),
        commandMany: call('commandMany'),
        all: call('all'),
        watch: call('watch'),
        with: () => handle(),
      })
    return handle() as unknown as {
      add(item: string): Promise<unknown>
      commandMany(items: unknown): Promise<unknown>
      all(): Promise<unknown>
      watch(): unknown
      with(options: object): { add(item: string): Promise<unknown> }
    }
  }

  machine(name: string, _machine: unknown) {
    const call =
      (operation: string) =>
      (...args: unknown[]) => {
        this.#called.push([name, operation, ...args])
        return this.ends()
      }
    return {
      command: call('command'),
      commandMany: call('commandMany'),
      query: call('query'),
      watch: call('watch'),
    }
  }

  commandMany(name: string, ...args: unknown[]): unknown {
    this.#called.push([name, 'commandMany', ...args])
    return this.ends()
  }

  promote(name: string, member: string): unknown {
    this.#called.push([name, 'promote', member])
    return this.ends()
  }

  status(name: string): unknown {
    return name
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#called.push('disposed')
  }
}

const spans = () =>
  exporter
    .getFinishedSpans()
    .map(({ name, attributes, status, kind }) => ({ name, attributes, status, kind }))
const attributesOf = (operation: string, kind: string, more: object = { 'rafted.outcome': 'ok' }) => ({
  'rafted.group': 'g',
  'rafted.operation': operation,
  'rafted.kind': kind,
  ...more,
})

describe('a span', () => {
  test('is made of each command and query, and ends with it', async () => {
    const client = new MadeUpClient()
    let end = (_: string): void => {}
    client.ends = () => new Promise((resolve) => (end = resolve))
    const value = traced(client).value('g', list)
    const adding = value.add('secret')
    expect(client.called, 'called at once').toEqual([['g', 'add', 'secret']])
    expect(spans()).toEqual([])
    end('result')
    expect(await adding).toBe('result')
    client.ends = () => Promise.resolve(['secret'])
    await value.all()
    const ended = { kind: SpanKind.CLIENT, status: { code: SpanStatusCode.UNSET } }
    expect(spans()).toEqual([
      { name: 'rafted add', attributes: attributesOf('add', 'command'), ...ended },
      { name: 'rafted all', attributes: attributesOf('all', 'query'), ...ended },
    ])
    expect(JSON.stringify(spans())).not.toContain('secret')
  })

  test('is a child of the one that is active, and active itself while the call is made', async () => {
    const client = new MadeUpClient()
    let during: string | undefined
    client.ends = async () => {
      during = trace.getActiveSpan()?.spanContext().spanId
    }
    const tracer = trace.getTracer('test')
    await tracer.startActiveSpan('above', async (above) => {
      await traced(client).value('g', list).add('x')
      above.end()
    })
    const [own, above] = exporter.getFinishedSpans()
    expect(own!.parentSpanContext?.spanId).toBe(above!.spanContext().spanId)
    expect(during).toBe(own!.spanContext().spanId)
    expect(own!.instrumentationScope.name).toBe('@rafted/metrics')
  })

  test.each([
    ['unknown', 'timeout'],
    ['not-applied', 'overloaded'],
  ] as const)('tells of an error with the outcome %s its code, and not its text', async (outcome, code) => {
    const client = new MadeUpClient()
    const error = new RaftedError(code, 'The argument "secret" …', { outcome })
    client.ends = () => Promise.reject(error)
    await expect(traced(client).value('g', list).add('x')).rejects.toBe(error)
    const failed = { 'rafted.outcome': outcome, 'rafted.code': code, 'error.type': code }
    expect(spans()).toMatchObject([
      {
        attributes: attributesOf('add', 'command', failed),
        status: { code: SpanStatusCode.ERROR, message: code },
      },
    ])
    expect(JSON.stringify(exporter.getFinishedSpans()[0]!.events)).not.toContain('secret')
  })

  test('ends with whatever is thrown at once, too', () => {
    const client = new MadeUpClient()
    client.ends = () => {
      throw new TypeError('no')
    }
    expect(() => traced(client).promote('g', 'm')).toThrow(TypeError)
    expect(spans()).toMatchObject([
      {
        attributes: attributesOf('promote', 'administration', {
          'rafted.outcome': 'unknown',
          'error.type': 'TypeError',
        }),
        status: { code: SpanStatusCode.ERROR },
      },
    ])
  })

  test('tells how many of many failed', async () => {
    const client = new MadeUpClient()
    client.ends = async () => [{ status: 'fulfilled' }, { status: 'rejected' }, { status: 'fulfilled' }]
    await traced(client).commandMany('g', list, [])
    await traced(client).machine('g', list).commandMany([])
    const many = { 'rafted.outcome': 'ok', 'rafted.commands': 3, 'rafted.failed': 1 }
    expect(spans()).toMatchObject(
      [1, 2].map(() => ({ attributes: attributesOf('commandMany', 'command', many) })),
    )
  })
})

describe('a traced client', () => {
  test('is otherwise the same, whatever fields and handles it has', async () => {
    const client = new MadeUpClient()
    const same = traced(client)
    expect(same).toBeInstanceOf(MadeUpClient)
    expect([same.id, same.status('g'), same.called]).toEqual(['a', 'g', []])
    const value = same.value('g', list)
    expect(Object.isFrozen(value)).toBe(true)
    value.watch()
    await value.with({ key: 'k' }).add('x')
    // A value's own command of this name is one command, whatever it results in.
    client.ends = async () => [{ status: 'rejected' }]
    await value.commandMany(['x'])
    await same.client.value('g', list).all()
    await same.machine('g', list).query('x')
    await same[Symbol.asyncDispose]()
    expect(client.called.at(-1)).toBe('disposed')
    expect(spans().map(({ name, attributes }) => [name, Object.keys(attributes).length])).toEqual([
      ['rafted add', 4],
      ['rafted commandMany', 4],
      ['rafted all', 4],
      ['rafted query', 4],
    ])
  })

  test('takes a tracer', async () => {
    await traced(new MadeUpClient(), { tracer: provider.getTracer('mine') })
      .value('g', list)
      .all()
    expect(exporter.getFinishedSpans()[0]!.instrumentationScope.name).toBe('mine')
  })
})
