/** Machines with one fault each, and what has to be said of them. */
import { type Codec, CommandError, CowMap, defineValue, type Machine } from '@rafted/contracts'
import { valueCodec } from '@rafted/wire'
import type { FindingKind } from '../../src/index.ts'

export interface Planted {
  readonly name: string
  /** A function where the fault is in what its instances share. */
  readonly machine: Machine | (() => Machine)
  readonly commands: readonly unknown[]
  readonly queries?: readonly unknown[]
  readonly kind: FindingKind
  /** Of the command at which it is noticed. */
  readonly index: number
  /** In the text of the finding. */
  readonly says: RegExp
}

const noQueries = { queries: {} }
const nothing = ['nothing']
const some = (count: number): unknown[] => Array.from({ length: count }, (_, i) => ['put', `k${i}`, i])

/** A pure table, and one more command. */
function table(
  command: (
    value: ReadonlyMap<string, number>,
    // biome-ignore lint/suspicious/noExplicitAny: of each fault, its own.
    ...args: any[]
  ) => readonly [unknown, ReadonlyMap<string, number>],
) {
  return defineValue({
    init: (): ReadonlyMap<string, number> => new Map(),
    commands: {
      nothing: (value) => [null, value],
      put: (value, key: string, to: number) => [null, new Map(value).set(key, to)],
      command,
    },
    queries: {},
  })
}

let counter = 0
let last: unknown

/** Orders keys as it likes. */
const sortingCodec: Codec = {
  encode: (value) =>
    Buffer.from(
      JSON.stringify(value, (_, part) =>
        part !== null && typeof part === 'object' && !Array.isArray(part)
          ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
          : part,
      ),
    ),
  decode: (bytes) => JSON.parse(Buffer.from(bytes).toString()),
}

/** Keeps a list per name, in place. */
const lists = (
  snapshot: (state: Map<string, string[]>) => Iterable<[string, string[]]>,
  add: (state: Map<string, string[]>, name: string, item: string) => unknown,
): Machine =>
  defineValue({
    create: () => new Map<string, string[]>(),
    snapshot,
    restore: (state, [name, items]: [string, string[]]) => void state.set(name, items),
    commands: {
      add,
      remove: (state, name: string) => state.delete(name),
      first: (state) => state.keys().next().value ?? null,
    },
    queries: {},
  })

const copied = (state: Map<string, string[]>): [string, string[]][] =>
  [...state].map(([name, items]) => [name, [...items]])
const addNew = (state: Map<string, string[]>, name: string, item: string): null => {
  state.set(name, [...(state.get(name) ?? []), item])
  return null
}

export const planted: readonly Planted[] = [
  {
    name: 'the time of day in a result',
    machine: table((value) => [Date.now(), value]),
    commands: [nothing, nothing, ['command']],
    kind: 'result',
    index: 3,
    says: /gave different results\.\n.*first instance: \d+\n.*second instance.*\n.*looked at Date\.now\(\)/,
  },
  {
    name: 'the time of day in the value',
    // biome-ignore lint/complexity/useDateNow: both are in use.
    machine: table((value) => [null, new Map(value).set('at', new Date().getTime())]),
    commands: [nothing, ['command']],
    kind: 'value',
    index: 2,
    says: /led to different values\.[\s\S]*value\.get\('at'\)[\s\S]*looked at new Date\(\)/,
  },
  {
    name: 'the time of day compared with replicated time',
    machine: defineValue({
      init: () => 5_000,
      commands: { expired: (endsAt) => [Date.now() > endsAt, endsAt] },
      ...noQueries,
    }),
    commands: Array.from({ length: 30 }, () => ['expired']),
    kind: 'result',
    index: 4,
    says: /first instance: true\n.*: false\n.*Date\.now\(\)/,
  },
  {
    name: 'a duration by the monotonic clock',
    machine: table((value) => [Math.floor(performance.now() / 1e6), value]),
    commands: [['command']],
    kind: 'result',
    index: 1,
    says: /looked at performance\.now\(\)/,
  },
  {
    name: 'chance',
    machine: table((value) => [null, new Map(value).set('x', Math.random())]),
    commands: [nothing, ['command']],
    kind: 'value',
    index: 2,
    says: /value\.get\('x'\): 0\.\d+ and 0\.\d+\.\n.*Math\.random\(\)/,
  },
  {
    name: 'chance that names something',
    machine: table((value) => [crypto.randomUUID(), value]),
    commands: [['command']],
    kind: 'result',
    index: 1,
    says: /looked at crypto\.randomUUID\(\)/,
  },
  {
    name: 'a number in the format of the locale',
    machine: table((value, n: number) => [n.toLocaleString(), value]),
    commands: [nothing, ['command', 1234.5]],
    kind: 'result',
    index: 2,
    says: /the locale \(toLocaleString\(\)\)/,
  },
  {
    name: 'the order of the locale',
    machine: table((value) => [['a', 'B'].sort((a, b) => a.localeCompare(b)), value]),
    commands: [['command']],
    kind: 'result',
    index: 1,
    says: /result\[0\]: 'a' and 'B'\.\n.*localeCompare/,
  },
  {
    name: 'the local hour',
    machine: table((value, at: number) => [new Date(at).getHours(), value]),
    commands: [['command', 1e12]],
    kind: 'result',
    index: 1,
    says: /the time zone \(Date\.getHours\(\)\)/,
  },
  {
    name: 'midnight of the local day',
    machine: table((value, at: number) => [new Date(at).setHours(0, 0, 0, 0), value]),
    commands: [['command', 1e12]],
    kind: 'result',
    index: 1,
    says: /the time zone \(Date\.setHours\(\)\)/,
  },
  {
    name: 'a counter of the module',
    machine: table((value) => [++counter, value]),
    commands: [nothing, ['command']],
    kind: 'result',
    index: 2,
    says: /gave different results/,
  },
  {
    name: 'a reference to the last command, of the module',
    machine: table((value, part: object) => {
      const before = last
      last = part
      return [before === undefined ? null : before === part, value]
    }),
    commands: [['command', {}]],
    kind: 'result',
    index: 1,
    says: /first instance: null\n.*: false/,
  },
  {
    name: 'what instances share, written again and again',
    machine: (() => {
      const cache = new Map<string, number>()
      return defineValue({
        init: () => 0,
        commands: {
          add: (n, by: number) => {
            cache.set('last', n + by)
            return [null, n + by]
          },
          last: (n) => [cache.get('last') ?? 0, n],
        },
        ...noQueries,
      })
    })(),
    commands: [['last'], ['add', 1], ['last'], ['add', 2]],
    kind: 'result',
    index: 1,
    says: /fed when the others were done: 3/,
  },
  {
    name: 'a cache in a closure, written once',
    machine: () => {
      const cache = new Map<string, number>()
      return defineValue({
        init: () => 0,
        commands: {
          add: (n, by: number) => [null, n + by],
          seen: (n, key: string) => {
            if (!cache.has(key)) cache.set(key, n)
            return [cache.get(key), n]
          },
        },
        ...noQueries,
      })
    },
    commands: [
      ['seen', 'a'],
      ['add', 1],
      ['seen', 'a'],
    ],
    kind: 'result',
    index: 3,
    says: /first instance: 0\n.*restored from a snapshot at index \d: 1/,
  },
  {
    name: 'the order of a Map that a snapshot does not keep',
    machine: lists((state) => copied(state).sort(([a], [b]) => (a < b ? -1 : 1)), addNew),
    commands: [['add', 'b', 'x'], ['add', 'a', 'y'], ['first']],
    kind: 'result',
    index: 3,
    says: /first instance: 'b'\n.*restored from a snapshot at index 2: 'a'/,
  },
  {
    name: 'the order of a Set that a snapshot turns around',
    machine: defineValue({
      create: () => ({ names: new Set<string>() }),
      snapshot: (state) => [[...state.names].reverse()],
      restore: (state, names: string[]) => {
        state.names = new Set(names)
      },
      commands: { add: (state, name: string) => void state.names.add(name) },
      ...noQueries,
    }),
    commands: [
      ['add', 'a'],
      ['add', 'b'],
    ],
    kind: 'snapshot',
    index: 2,
    says: /comes back from a snapshot as another one[\s\S]*items of the snapshot\[0\]\[0\]: 'b' and 'a'/,
  },
  {
    name: 'the order of keys that a codec does not keep',
    machine: defineValue({
      codec: sortingCodec,
      init: (): Readonly<Record<string, number>> => ({}),
      commands: { put: (value, key: string) => [null, { ...value, [key]: 1 }] },
      ...noQueries,
    }),
    commands: [
      ['put', 'b'],
      ['put', 'a'],
    ],
    kind: 'snapshot',
    index: 2,
    says: /value, key number 1: 'b' and 'a'/,
  },
  {
    name: 'a codec that is not deterministic',
    machine: defineValue({
      codec: {
        encode: (value) => Buffer.from(JSON.stringify({ value, at: Math.floor(Date.now() / 1e10) })),
        decode: (bytes) => JSON.parse(Buffer.from(bytes).toString()).value,
      },
      init: () => 0,
      commands: { put: (_, to: number) => [to, to] },
      ...noQueries,
    }),
    commands: [['put', 1]],
    kind: 'result',
    index: 1,
    says: /look at the codec/,
  },
  {
    name: 'a codec that is not the same twice',
    machine: defineValue({
      codec: {
        encode: (value) => Buffer.from(JSON.stringify({ value, no: ++counter })),
        decode: (bytes) => JSON.parse(Buffer.from(bytes).toString()).value,
      },
      init: () => 0,
      commands: { put: (_, to: number) => [to, to] },
      ...noQueries,
    }),
    commands: [['put', 1]],
    kind: 'not-encodable',
    index: 1,
    says: /look at the codec/,
  },
  {
    name: 'minus zero in the value',
    machine: defineValue({
      init: () => ({ n: 1 }),
      commands: { times: ({ n }, by: number) => [null, { n: n * by }] },
      ...noQueries,
    }),
    commands: [
      ['times', 1],
      ['times', -1],
      ['times', 0],
    ],
    kind: 'snapshot',
    index: 3,
    says: /value\["n"\]: -0 and 0/,
  },
  {
    name: 'a Buffer in the value, which comes back as a Uint8Array',
    machine: defineValue({
      init: () => ({ bytes: new Uint8Array(0) }),
      commands: { put: (_, text: string) => [null, { bytes: Buffer.from(text) }] },
      ...noQueries,
    }),
    commands: [['put', 'x']],
    kind: 'snapshot',
    index: 1,
    says: /value\["bytes"\]: Buffer .* and Uint8Array/,
  },
  {
    name: 'an object without a prototype in the value',
    machine: defineValue({
      init: () => ({}),
      commands: { put: (): readonly [null, object] => [null, Object.assign(Object.create(null), { a: 1 })] },
      ...noQueries,
    }),
    commands: [['put']],
    kind: 'snapshot',
    index: 1,
    says: /an object without a prototype/,
  },
  {
    name: 'an instance of a class in the value',
    machine: defineValue({
      init: (): unknown => null,
      commands: { put: (): readonly [null, unknown] => [null, { at: new (class Seat {})() }] },
      ...noQueries,
    }),
    commands: [['put']],
    kind: 'snapshot',
    index: 1,
    says: /can't be restored[\s\S]*an instance of Seat/,
  },
  {
    name: 'a value that contains itself',
    machine: defineValue({
      create: () => ({ self: null as unknown }),
      snapshot: (state) => [state],
      restore: () => {},
      commands: {
        tie: (state) => {
          state.self = state
        },
      },
      ...noQueries,
    }),
    commands: [['tie']],
    kind: 'snapshot',
    index: 1,
    says: /has no snapshot[\s\S]*cycle/,
  },
  {
    name: 'a value that is changed in place',
    machine: defineValue({
      init: () => ({ items: ['x'], count: 0 }),
      commands: {
        add: (value, item: string) => {
          value.items.push(item)
          return [null, value]
        },
      },
      ...noQueries,
    }),
    commands: [['add', 'y']],
    kind: 'changed-value',
    index: 1,
    says: /changes the value that it was given\.\n.*value\["items"\], length: 1 and 2/,
  },
  {
    name: 'a value that is changed, and the command then fails',
    machine: defineValue({
      init: () => ({ items: ['x'] }),
      commands: {
        add: (value): readonly [null, { items: string[] }] => {
          value.items.pop()
          throw new Error('too late')
        },
      },
      ...noQueries,
    }),
    commands: [['add']],
    kind: 'changed-value',
    index: 1,
    says: /changes the value/,
  },
  {
    name: 'a Map that is changed while it is gone through',
    machine: defineValue({
      init: () => new Map([['a', 1]]) as Map<string, number>,
      commands: {
        put: (value, key: string, at: number) => [null, new Map(value).set(key, at)],
        expire: (value, now: number) => {
          for (const [key, at] of value) if (at < now) value.delete(key)
          return [null, new Map(value)]
        },
      },
      ...noQueries,
    }),
    commands: [
      ['put', 'b', 5],
      ['expire', 3],
    ],
    kind: 'changed-value',
    index: 2,
    says: /changes the value/,
  },
  {
    name: 'a state that is changed before the command is refused',
    machine: lists(copied, (state, name, item) => {
      addNew(state, name, item)
      if (state.size > 1) throw new CommandError('full', 'There is one list.')
      return null
    }),
    commands: [
      ['add', 'a', 'x'],
      ['add', 'b', 'x'],
    ],
    kind: 'changed-and-refused',
    index: 2,
    says: /is then refused[\s\S]*'full'[\s\S]*items of the snapshot/,
  },
  {
    name: 'a command that changes its arguments',
    machine: table((value, items: number[]) => [items.sort((a, b) => a - b)[0], value]),
    commands: [
      ['command', [1, 2]],
      ['command', [2, 1]],
    ],
    kind: 'changed-command',
    index: 2,
    says: /\[ 'command', \[ 2, 1 \] \] at index 2 changes its arguments/,
  },
  {
    name: 'an argument that is kept twice, and changed in one place',
    machine: defineValue({
      create: () => ({ a: [] as string[], b: [] as string[] }),
      snapshot: (state) => [[[...state.a], [...state.b]]],
      restore: (state, [a, b]: string[][]) => void Object.assign(state, { a, b }),
      commands: {
        both: (state, items: string[]) => {
          // The same array, in a state that changes it.
          state.a = items
          state.b = items
        },
        add: (state, item: string) => void state.a.push(item),
      },
      ...noQueries,
    }),
    commands: [
      ['both', ['x']],
      ['add', 'y'],
    ],
    kind: 'value',
    index: 2,
    says: /restored from a snapshot at index 1\.\n.*\[0\]\[1\], length: 2 and 1/,
  },
  {
    name: 'items that change under a snapshot',
    machine: lists(
      function* (state) {
        for (const entry of [...state]) yield entry
      },
      (state, name, item) => {
        const items = state.get(name) ?? []
        items.push(item)
        state.set(name, items)
      },
    ),
    commands: [
      ['add', 'a', 'x'],
      ['add', 'a', 'y'],
    ],
    kind: 'snapshot',
    index: 2,
    says: /changes a snapshot that was begun before it/,
  },
  {
    name: 'a query that changes the value',
    machine: defineValue({
      init: () => ({ asked: 0 }),
      commands: { nothing: (value) => [null, value] },
      queries: {
        ask: (value) => {
          value.asked += 1
          return null
        },
      },
    }),
    commands: [nothing],
    queries: [['ask']],
    kind: 'changed-by-query',
    index: 1,
    says: /^The query \[ 'ask' \] at index 1 changes the value/,
  },
  {
    name: 'a query that looks at the time of day',
    machine: defineValue({
      init: () => 0,
      commands: { nothing: (value) => [null, value] },
      queries: { ask: () => Date.now() },
    }),
    commands: [nothing],
    queries: [['ask']],
    kind: 'answer',
    index: 1,
    says: /got different answers[\s\S]*Date\.now/,
  },
  {
    name: 'a deadline by the time of day',
    machine: defineValue({
      init: () => 0,
      deadline: (value) => (value === 0 ? null : Date.now() + value),
      commands: { wait: (_, ms: number) => [null, ms] },
      ...noQueries,
    }),
    commands: [
      ['wait', 0],
      ['wait', 5],
    ],
    kind: 'deadline',
    index: 2,
    says: /led to different deadlines[\s\S]*Date\.now/,
  },
  {
    name: 'a result that can not be encoded',
    machine: table((value) => [() => value, value]),
    commands: [nothing, ['command']],
    kind: 'not-encodable',
    index: 2,
    says: /value is a function/,
  },
  {
    name: 'a command that stops the member',
    machine: lists(copied, () => {
      throw new TypeError('of no use')
    }),
    commands: [['first'], ['add', 'a', 'x']],
    kind: 'stops',
    index: 2,
    says: /stops each member[\s\S]*TypeError: of no use/,
  },
  {
    name: 'a first value that is another each time',
    machine: defineValue({
      init: () => ({ id: Math.random() }),
      commands: { nothing: (value) => [null, value] },
      ...noQueries,
    }),
    commands: [nothing],
    kind: 'value',
    index: 0,
    says: /^Before its first command, the machine is made with different values/,
  },
]

/** Machines that do all this in the right way, or look like it. */
export const sound: readonly Omit<Planted, 'kind' | 'index' | 'says'>[] = [
  {
    name: 'a pure table of everything that can be encoded',
    machine: table((value) => [
      {
        map: value,
        set: new Set([1, 'a']),
        nan: Number.NaN,
        big: 2n,
        at: new Date(0),
        bytes: Uint8Array.of(1),
      },
      new Map([...value].reverse()),
    ]),
    commands: [...some(30), ['command'], ['command'], ['no such command'], ['command']],
  },
  {
    name: 'lists in place, with copies in the snapshot',
    machine: lists(copied, addNew),
    commands: [
      ['add', 'b', 'x'],
      ['add', 'a', 'y'],
      ['first'],
      ['remove', 'b'],
      ['first'],
      ['add', 'b', 'z'],
    ],
  },
  {
    name: 'a table on a CowMap',
    machine: defineValue({
      create: () => new CowMap<string, number>(),
      snapshot: (state) => state.freeze(),
      restore: (state, [key, n]: [string, number]) => void state.set(key, n),
      commands: { put: (state, key: string, n: number) => state.set(key, n).size },
      queries: { all: (state) => [...state] },
    }),
    commands: some(50),
    queries: [['all']],
  },
  {
    name: 'replicated time, dates and formats that say which',
    machine: defineValue({
      init: () => ({ ends: 0 }),
      deadline: ({ ends }) => (ends === 0 ? null : ends),
      commands: {
        open(value, ms: number) {
          return [new Date(this.time) instanceof Date, { ...value, ends: this.time + ms }]
        },
        format: (value, at: number) => [
          [
            (12.5).toLocaleString('en'),
            new Date(at).toISOString(),
            new Date(at).getUTCHours(),
            'a'.localeCompare('b', 'en'),
          ],
          value,
        ],
        refuse: (): readonly [never, { ends: number }] => {
          throw new CommandError('no', 'Not now.', { until: 5 })
        },
      },
      queries: { ends: ({ ends }) => ends },
    }),
    commands: [['open', 5], ['format', 1e12], ['refuse'], ['open', 7]],
    queries: [['ends'], ['no such query']],
  },
  {
    name: 'a value without a name: null, and undefined',
    machine: defineValue({
      init: (): unknown => undefined,
      commands: { put: (_, value: unknown) => [null, value] },
      queries: { get: (value) => value },
    }),
    commands: [
      ['put', null],
      ['put', undefined],
      ['put', { a: undefined }],
      ['put', [1]],
    ],
    queries: [['get']],
  },
]

export const codecOf = (machine: Machine): Codec => machine.codec ?? valueCodec
