/** Calls of a real host that are spans. */
import { traced } from '@rafted/metrics/opentelemetry'
import { counter, counters } from '@rafted/recipes'
import { createNetwork, defineValue, openHost } from 'rafted-memory'
import { expect, test } from 'vitest'

const list = defineValue({
  init: () => [] as readonly string[],
  commands: { add: (items, item: string) => [items.length, [...items, item]] },
  queries: { all: (items) => items },
})

type Attributes = Record<string, unknown>

/** A tracer that keeps what spans are told, in the order in which they end. */
function recorder() {
  const ended: [name: string, Attributes][] = []
  const startActiveSpan = (
    name: string,
    { attributes }: { attributes: Attributes },
    run: (span: unknown) => unknown,
  ): unknown => {
    const own = { ...attributes }
    return run({
      spanContext: () => ({ traceId: '', spanId: '', traceFlags: 0 }),
      setAttribute: (key: string, value: unknown) => void Object.assign(own, { [key]: value }),
      setAttributes: (more: Attributes) => void Object.assign(own, more),
      setStatus: () => {},
      end: () => ended.push([name, own]),
    })
  }
  return { ended, tracer: { startActiveSpan } as never }
}

test('a host with its client works as before, and each call has its span', async () => {
  const { ended, tracer } = recorder()
  await using host = traced(await openHost({ id: 'a', cluster: 'test', network: createNetwork() }), {
    tracer,
  })
  await host.createGroup('list', { machine: list })
  await host.createGroup('counters', { machine: counters })
  expect([host.id, host.groups(), host.status('list')?.group]).toEqual(['a', ['list', 'counters'], 'list'])
  const value = host.value('list', list)
  expect(await value.with({ key: 'once' }).add('x')).toBe(0)
  expect(await value.all()).toEqual(['x'])
  const many = await host.commandMany('list', list, [
    ['add', 'y'],
    ['add', 'z'],
  ] as const)
  expect(many.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled'])
  expect(await counter(host.value('counters', counters), 'visits').add()).toBe(1)
  expect(await host.client.machine('list', list).query(['all'])).toEqual(['x', 'y', 'z'])
  await expect(host.promote('list', 'nobody')).rejects.toMatchObject({ code: 'no-such-member' })
  const [watched] = [value.watch({ from: 1 })]
  expect((await watched.next()).value).toMatchObject({ kind: 'change', command: ['add', 'x'] })
  await watched.return()
  const of = (group: string, operation: string, kind: string, more: Attributes = {}) => [
    `rafted ${operation}`,
    {
      'rafted.group': group,
      'rafted.operation': operation,
      'rafted.kind': kind,
      'rafted.outcome': 'ok',
      ...more,
    },
  ]
  const failed = {
    'rafted.outcome': 'not-applied',
    'rafted.code': 'no-such-member',
    'error.type': 'no-such-member',
  }
  expect(ended).toEqual([
    of('list', 'createGroup', 'administration'),
    of('counters', 'createGroup', 'administration'),
    of('list', 'add', 'command'),
    of('list', 'all', 'query'),
    of('list', 'commandMany', 'command', { 'rafted.commands': 2, 'rafted.failed': 0 }),
    of('counters', 'add', 'command'),
    of('list', 'query', 'query'),
    of('list', 'promote', 'administration', failed),
  ])
})
