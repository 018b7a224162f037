/** Bytes from outside raise `BadBytes` and nothing else, and make nothing large first. */
import v8 from 'node:v8'
import vm from 'node:vm'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { BadBytes } from '../src/bad-bytes.ts'
import { decodeBatch, encodeBatch } from '../src/batch.ts'
import { decodeConfiguration, encodeConfiguration } from '../src/configuration-codec.ts'
import {
  decodeCommandPayload,
  decodeSessionPayload,
  encodeCommandPayload,
  encodeSessionPayload,
} from '../src/entry-payload.ts'
import { decodeSettingsPayload, encodeSettingsPayload } from '../src/settings-codec.ts'
import { decodeSnapshotMeta, encodeSnapshotMeta } from '../src/snapshot-meta-codec.ts'
import { valueCodec } from '../src/value-codec.ts'
import { Writer } from '../src/writer.ts'
import { drawSeed, mutate, newDice } from './mutate.ts'
import { isSame } from './same.ts'
import { changes, configuration, head, items, jointConfiguration, meta, values } from './samples.ts'

// A loaded machine takes its time.
vi.setConfig({ testTimeout: 60_000 })

/** Bytes put together by hand, `pad` of them after what `write` wrote. */
function bytesOf(write: (w: Writer) => void, pad = 0): Uint8Array {
  const w = new Writer()
  w.begin(64)
  write(w)
  w.raw(new Uint8Array(pad))
  return w.finish().slice()
}

/** A batch whose items are written by hand, each with its length. */
function batchOf(...written: [kind: number, body: (w: Writer) => void][]): Uint8Array {
  const empty = encodeBatch(head, [])
  return bytesOf((w) => {
    w.raw(empty.subarray(0, empty.length - 1))
    w.uint(written.length)
    for (const [kind, body] of written) {
      const bytes = bytesOf(body)
      w.u8(kind)
      w.room(4)
      w.patchU32(w.at, bytes.length)
      w.at += 4
      w.raw(bytes)
    }
  })
}

function numbersOf(w: Writer, ...numbers: number[]): void {
  for (const number of numbers) w.uint(number)
}

function append(w: Writer, rest: (w: Writer) => void, { term = 9, prevIndex = 42, prevTerm = 8 } = {}): void {
  for (const id of ['i', 'a', 'b']) w.id(id, 64)
  w.uint(term)
  w.u8(5)
  w.uint(prevIndex)
  w.uint(prevTerm)
  w.uint(0)
  rest(w)
}

/** What a decoder would make before it noticed. */
const claims: Record<string, { bytes: Uint8Array; decode: (bytes: Uint8Array) => unknown }> = {}

function claim(name: string, bytes: Uint8Array, decode: (bytes: Uint8Array) => unknown = decodeBatch): void {
  claims[name] = { bytes, decode }
}

const openHead = encodeBatch(head, []).subarray(0, -1)
const endless = { maxItems: 2 ** 53 - 1, maxEntries: 2 ** 53 - 1 }
const readAll = (bytes: Uint8Array): unknown => decodeBatch(bytes, endless)
for (const count of [60_000, 2 ** 32, 2 ** 53 - 1]) {
  const items = bytesOf((w) => {
    w.raw(openHead)
    w.uint(count)
  }, 70)
  claim(`${count} items`, items)
  claim(`${count} items, and a reader without a limit`, items, readAll)
  const entries = batchOf([1, (w) => append(w, () => w.uint(count))])
  claim(`${count} entries`, entries)
  claim(`${count} entries, and a reader without a limit`, entries, readAll)
  claim(
    `an entry of ${count} bytes`,
    batchOf([
      1,
      (w) =>
        append(w, () => {
          numbersOf(w, 1, 3, 0, 0, count, 0)
        }),
    ]),
  )
  claim(
    `an id of ${count} bytes`,
    batchOf([
      1,
      (w) => {
        w.uint(count)
        w.raw(new Uint8Array(90).fill(97))
      },
    ]),
  )
  claim(
    `the payload of a command of ${count} bytes`,
    batchOf([
      3,
      (w) => {
        w.u8(6)
        w.uint(1)
        w.id('group', 255)
        w.u8(0)
        w.u8(0)
        w.float(0)
        w.bool(false)
        w.uint(count)
      },
    ]),
  )
  claim(
    `${count} addresses`,
    batchOf([
      4,
      (w) => {
        numbersOf(w, 2, 1, 0, 0, 0, 0, count)
      },
    ]),
  )
  claim(
    `${count} voters`,
    bytesOf((w) => {
      w.u8(1)
      w.uint(count)
    }, 90),
    decodeConfiguration,
  )
}
claim('an item of 4 GiB', new Uint8Array([...openHead, 1, 1, 255, 255, 255, 255, 0, 0]))
for (const [name, token] of Object.entries({
  array: 0xdd,
  object: 0xdf,
  text: 0xdb,
  binary: 0xc6,
  extension: 0xc9,
})) {
  const declared = [token, 0xff, 0xff, 0xff, 0xff]
  claim(
    `an ${name} of 4 GiB in a value`,
    new Uint8Array([...declared, ...new Array(90).fill(0)]),
    valueCodec.decode,
  )
  // Each within the one before, each as long as what is left.
  const nested = new Uint8Array(200_000).fill(0xc0)
  for (let i = 0; i < 100; i++) nested.set([0xdd, 0, 3, 0, 0], 5 * i)
  claim(
    `an ${name} of 4 GiB within a hundred arrays`,
    new Uint8Array([...nested.subarray(0, 495), ...declared]),
    valueCodec.decode,
  )
}
const nested = new Uint8Array(1_000_000).fill(0xff)
for (let i = 0; i < 100; i++) nested.set([0xdd, 0, 0x0f, 0, 0], 5 * i)
claim('a hundred arrays within each other, each as long as the bytes', nested, valueCodec.decode)

describe('counts and lengths beyond the bytes are refused before anything is made for them (F94)', () => {
  v8.setFlagsFromString('--expose-gc')
  const collect = vm.runInNewContext('gc') as () => void
  const used = (): number => {
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    return heapUsed + arrayBuffers
  }

  /** Bytes by which memory grew while it ran: of several times the least, since other things make objects too. */
  function growth(run: () => void): number {
    let least = Number.POSITIVE_INFINITY
    for (let i = 0; i < 12; i++) {
      const before = used()
      run()
      const grown = used() - before
      // Less than nothing: a collection came between.
      if (grown >= 0) least = Math.min(least, grown)
    }
    return least
  }

  test('the measure sees an array made for a count', () => {
    collect()
    const kept: unknown[] = []
    expect(growth(() => kept.push(new Array(60_000)))).toBeGreaterThan(400_000)
    expect(growth(() => kept.push(new Uint8Array(400_000)))).toBeGreaterThanOrEqual(400_000)
  })

  /** That the count or the length is what is wrong, not what comes where its parts should. */
  const atOnce =
    /are more than|don't fit|within a (payload|text)|is longer than|doesn't fit|end too early|can't follow/

  test.each(Object.entries(claims))('%s', (_, { bytes, decode }) => {
    const attempt = (): string => {
      try {
        decode(bytes)
      } catch (error) {
        if (error instanceof BadBytes) return error.message
        throw error
      }
      return expect.fail('it was taken')
    }
    expect(attempt()).toMatch(atOnce)
    collect()
    // An error and its stack; an array made for 60,000 parts would take 480,000 bytes.
    expect(growth(attempt)).toBeLessThan(100_000 + (bytes.length > 1000 ? 40 * bytes.length : 0))
  })
})

/** Sound but for one thing. A reader that took it would hand on what no member says. */
const wrong: Record<string, { bytes: Uint8Array; why: RegExp }> = {}
const member = (w: Writer, kind: number, term: number, ...numbers: number[]): void => {
  for (const id of ['i', 'a', 'b']) w.id(id, 64)
  w.uint(term)
  w.u8(kind)
  numbersOf(w, ...numbers)
}
const plain = (
  why: RegExp,
  name: string,
  ...message: [kind: number, term: number, ...numbers: number[]]
): void => {
  wrong[name] = { bytes: batchOf([1, (w) => member(w, ...message)]), why }
}
plain(/is of term 0/, 'a vote request of term 0', 3, 0, 0, 0)
plain(/is of term 0/, 'a heartbeat of term 0', 6, 0, 1, 1)
plain(/is of term 0/, 'an append of term 0', 5, 0, 0, 0, 0, 0)
plain(/is of term 0/, 'a question of term 0', 15, 0, 7)
plain(/is of term 0/, 'an answer to a question of term 0', 16, 0, 7, 7)
plain(/number of a question is 0/, 'a question without a number', 15, 9, 0)
plain(/number of a question is 0/, 'an answer to a question without a number', 16, 9, 0, 7)
plain(/index of a read is 0/, 'an answer to a question at index 0', 16, 9, 7, 0)
plain(/sender of term 9/, 'a vote request with an entry newer than its sender', 3, 9, 5, 10)
plain(/sender of term 9/, 'an append after an entry newer than its sender', 5, 9, 5, 10, 0, 0)
plain(/no entry 0/, 'a vote request with a term at index 0', 3, 9, 0, 1)
plain(/no entry 5/, 'an append after an entry of term 0', 5, 9, 5, 0, 0, 0)
plain(/must be at least 1/, 'a campaign for term 0', 1, 9, 0, 0, 0)
plain(/must be at least 1/, 'a removal at index 0', 11, 9, 0)
plain(/must be at least 1/, 'a repair without a number', 13, 9, 0, 5)
plain(/must be at least 1/, 'an answer to no repair', 14, 9, 0, 5)
plain(/is of term 0/, 'an answer to a repair, of term 0', 14, 0, 1, 5)
plain(/a hint lies behind/, 'a conflict with a hint behind it', 8, 9, 5, 6, 3)
plain(/no kind of message/, 'a message of kind 0', 0, 9)
plain(/no kind of message/, 'a message of kind 18', 18, 9)
plain(/neither yes nor no/, 'a vote that is neither granted nor not', 4, 9, 2)
plain(/follow what should be the end/, 'a byte behind a message', 10, 9, 0)
plain(/exceeds 2\^53/, 'entries beyond 2^53 - 1', 5, 9, 2 ** 53 - 1, 8, 0, 1, 0, 0, 0, 0)
const entry = (why: RegExp, name: string, ...numbers: number[]): void => {
  wrong[name] = {
    bytes: batchOf([1, (w) => append(w, () => numbersOf(w, 1, ...numbers))]),
    why,
  }
}
entry(/unknown kind 7/, 'an entry of kind 7', 7, 0, 0, 0)
entry(/an entry is of term 10/, 'an entry newer than its message', 0, 2, 0, 0)
entry(/time exceeds/, "an entry's time beyond 2^53 - 1", 0, 0, 2 ** 53 - 1, 0, 0)
entry(/end too early/, 'a configuration that is none', 1, 0, 0, 0)
wrong["an entry's time beyond 2^53 - 1"]!.bytes = batchOf([
  1,
  (w) => append(w, () => numbersOf(w, 2, 0, 0, 2 ** 53 - 1, 0, 0, 0, 1, 0)),
])
wrong['a member twice'] = {
  bytes: batchOf([
    4,
    (w) => {
      numbersOf(w, 5, 1)
      w.id('i', 64)
      w.bool(true)
      numbersOf(w, 1, 2)
      for (const host of ['h', 'g']) {
        for (const text of ['a', host, 'x']) w.id(text, 64)
        numbersOf(w, 1, 1, 1, 1, 1)
      }
      numbersOf(w, 0, 0)
    },
  ]),
  why: /a member stands twice/,
}
/** A change of members that names these. */
const changeOf = (...places: [member: string, place: number][]): Uint8Array =>
  batchOf([
    3,
    (w) => {
      numbersOf(w, 20, 1)
      w.id('g', 64)
      numbersOf(w, 0, places.length)
      for (const [member, place] of places) {
        w.id(member, 64)
        w.u8(place)
      }
      numbersOf(w, 0, 0, 0)
    },
  ])
wrong['a change of members to a place there is not'] = {
  bytes: changeOf(['a', 4]),
  why: /no place of a member/,
}
wrong['a change of members that names one twice'] = {
  bytes: changeOf(['a', 0], ['b', 1], ['a', 3]),
  why: /named twice/,
}
wrong['a change of more members than a configuration has'] = {
  bytes: changeOf(...Array.from({ length: 511 }, (_, i): [string, number] => [`${i}`, 0])),
  why: /members/,
}
const between = (why: RegExp, name: string, kind: number, ...numbers: number[]): void => {
  const body = (w: Writer): void => {
    for (const id of ['i', 'a', 'b']) w.id(id, 64)
    numbersOf(w, ...numbers)
  }
  wrong[name] = { bytes: batchOf([kind, body]), why }
}
between(/must be at least 1/, 'entries asked for from 0', 5, 1, 0, 5, 9, 100)
between(/must be at least 6/, 'entries asked for backwards', 5, 1, 6, 5, 9, 100)
between(/must be at least 1/, 'entries asked for of term 0', 5, 1, 5, 5, 0, 100)
between(/must be at least 1/, 'entries given from 0', 6, 1, 0, 9, 1, 0)
between(/0 entries with the answer "given"/, 'nothing given', 6, 1, 5, 9, 0, 0)
between(/1 entries with the answer "lacks"/, 'something given by who lacks it', 6, 1, 5, 9, 1, 1, 0, 0, 0, 0)
between(/is no answer/, 'an answer of no kind', 6, 1, 5, 9, 4, 0)
between(/an entry is of term 10/, 'an entry given of another term', 6, 1, 5, 9, 0, 1, 0, 1, 0, 0)
between(/exceeds 2\^53/, 'entries given beyond 2^53 - 1', 6, 1, 2 ** 53 - 1, 9, 0, 1, 0, 0, 0, 0)
const sound = encodeBatch(head, [items['message-stale']!])
const idAt = sound.length - 2 - 'member-b'.length
const patched = (change: (bytes: Uint8Array) => void): Uint8Array => {
  const bytes = sound.slice()
  change(bytes)
  return bytes
}
wrong['an id that is not UTF-8'] = {
  bytes: patched((bytes) => bytes.fill(0xff, idAt, idAt + 1)),
  why: /not UTF-8/,
}
wrong['half a surrogate pair'] = {
  bytes: patched((bytes) => bytes.set([0xed, 0xa0, 0x80], idAt)),
  why: /not UTF-8/,
}
wrong['a form of UTF-8 longer than need be'] = {
  bytes: patched((bytes) => bytes.set([0xc1, 0x81], idAt)),
  why: /not UTF-8/,
}
wrong['an empty id'] = {
  bytes: batchOf([1, (w) => w.u8(0)]),
  why: /is empty/,
}
wrong['a number longer than it need be'] = {
  bytes: new Uint8Array([...openHead, 0x80, 0x00]),
  why: /longer than it need be/,
}
wrong['a number of 2^53'] = {
  bytes: new Uint8Array([...openHead, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10]),
  why: /exceeds 2\^53/,
}
wrong['a number of ten bytes'] = {
  bytes: new Uint8Array([...openHead, ...new Array(9).fill(0x80), 0x01]),
  why: /exceeds 2\^53/,
}
const query = (why: RegExp, name: string, read: number, maxStalenessMs: number): void => {
  wrong[name] = {
    bytes: batchOf([
      3,
      (w) => {
        w.u8(6)
        w.uint(1)
        w.id('group', 255)
        numbersOf(w, 0, read)
        w.float(maxStalenessMs)
        numbersOf(w, 0, 0)
      },
    ]),
    why,
  }
}
query(/no kind of read/, 'a query that reads in another way than there is', 4, 0)
query(/a bound belongs to a bounded read/, 'a bounded query without its bound', 3, 0)
query(/a bound belongs to a bounded read/, 'a stale query with a bound', 1, 5)
wrong['another magic'] = { bytes: patched((bytes) => bytes.set([0x53])), why: /no batch of Rafted begins/ }
wrong['an item of kind 12'] = { bytes: batchOf([12, () => undefined]), why: /no kind of item/ }
for (const kind of [10, 11]) {
  wrong[`groups beyond the limit in an item of kind ${kind}`] = {
    bytes: batchOf([kind, (w) => w.uint(257)]),
    why: /257 groups are more than 256/,
  }
  wrong[`a quiet group of term 0 in an item of kind ${kind}`] = {
    bytes: batchOf([
      kind,
      (w) => {
        w.uint(1)
        w.id('i', 64)
        w.uint(0)
      },
    ]),
    why: /the term of a quiet group is 0/,
  }
}
wrong['an item with bytes to spare'] = {
  bytes: batchOf([
    2,
    (w) => {
      for (const id of ['i', 'a', 'b']) w.id(id, 64)
      numbersOf(w, 1, 1, 1, 0, 0)
    },
  ]),
  why: /follow what should be the end/,
}
wrong['bytes behind the last item'] = {
  bytes: new Uint8Array([...sound, 0]),
  why: /follow what should be the end/,
}
wrong['a duration of minus zero'] = {
  bytes: batchOf([
    4,
    (w) => {
      numbersOf(w, 3, 1)
      w.id('i', 64)
      w.uint(1)
      w.raw(new Uint8Array([0, 0, 0, 0, 0, 0, 0, 0x80]))
      w.uint(1)
    },
  ]),
  why: /a duration is none/,
}
wrong['an error without a code'] = {
  bytes: batchOf([
    4,
    (w) => {
      numbersOf(w, 1, 1)
      w.id('Not A Code', 64)
      numbersOf(w, 0, 0, 0, 0, 0)
    },
  ]),
  why: /an error has no code/,
}

describe('sound but for one thing', () => {
  test.each(Object.entries(wrong))('%s', (_, { bytes, why }) => {
    expect(() => decodeBatch(bytes)).toThrow(BadBytes)
    expect(() => decodeBatch(bytes)).toThrow(why)
  })

  test('every shorter batch', () => {
    const whole = encodeBatch(head, Object.values(items))
    for (let length = 0; length < whole.length; length++)
      expect(() => decodeBatch(whole.subarray(0, length))).toThrow(BadBytes)
  })

  test.each([
    ['a configuration', encodeConfiguration(jointConfiguration), decodeConfiguration],
    ['a meta', encodeSnapshotMeta(meta), decodeSnapshotMeta],
    ['a session', encodeSessionPayload({ op: 'open', session: 300, acknowledged: 0 }), decodeSessionPayload],
    [
      'a withdrawal',
      encodeSessionPayload({ op: 'withdraw', session: 300, sequence: 5, key: 'k', since: 0 }),
      decodeSessionPayload,
    ],
    ['a change of settings', encodeSettingsPayload({ ifSettingsAt: 300, changes }), decodeSettingsPayload],
  ])('%s cut short, or with a byte behind it', (_, whole, decode: (bytes: Uint8Array) => unknown) => {
    for (let length = 0; length < whole.length; length++)
      expect(() => decode(whole.subarray(0, length))).toThrow(BadBytes)
    expect(() => decode(new Uint8Array([...whole, 0]))).toThrow(BadBytes)
  })
})

/** Bytes of memory a value takes, roughly: what is counted must be in proportion to the bytes it came from. */
function weight(value: unknown, from: ArrayBufferLike): number {
  if (typeof value === 'string') return 16 + 2 * value.length
  if (typeof value !== 'object' || value === null) return 8
  if (value instanceof Uint8Array)
    return value.buffer === from || value.length === 0 ? 100 : 100 + value.length
  if (ArrayBuffer.isView(value)) return 100 + value.byteLength
  if (value instanceof Date) return 50
  const parts =
    value instanceof Map ? [...value].flat() : value instanceof Set ? [...value] : Object.values(value)
  let sum = 32
  for (const part of parts) sum += weight(part, from)
  return sum
}

/** Times in ms that a single decoding took, the longest first. The machine may stop for a moment: one may be long. */
class Slowest {
  readonly longest = [0, 0, 0, 0, 0]
  add(ms: number): void {
    if (ms <= this.longest[4]!) return
    this.longest[4] = ms
    this.longest.sort((a, b) => b - a)
  }
}

interface Attack {
  readonly samples: readonly Uint8Array[]
  readonly times: number
  readonly decode: (bytes: Uint8Array) => unknown
  readonly encode: (value: never) => Uint8Array
}

/** @returns how many were taken. */
function attack(seed: number, { samples, times, decode, encode }: Attack): number {
  const dice = newDice(seed)
  const slowest = new Slowest()
  let taken = 0
  for (let i = 0; i < times; i++) {
    let bytes = samples[dice(samples.length)]!
    for (let rounds = dice(8) === 0 ? 3 : 1; rounds > 0; rounds--) bytes = mutate(bytes, samples, dice)
    const where = (): string => `WIRE_SEED=${seed}, number ${i}: ${Buffer.from(bytes).toString('hex')}`
    const start = performance.now()
    let value: unknown
    try {
      value = decode(bytes)
    } catch (error) {
      if (!(error instanceof BadBytes)) throw new Error(`Not BadBytes (${where()})`, { cause: error })
      continue
    } finally {
      slowest.add(performance.now() - start)
    }
    taken++
    if (weight(value, bytes.buffer) > 100 * bytes.length + 1000) expect.fail(`too large (${where()})`)
    if (!isSame(encode(value as never), bytes)) expect.fail(`another form of the same (${where()})`)
  }
  expect(slowest.longest[4]).toBeLessThan(500)
  return taken
}

describe('mutated', () => {
  // Nobody reads the stacks of two hundred thousand errors.
  const { stackTraceLimit } = Error
  beforeAll(() => {
    Error.stackTraceLimit = 0
  })
  afterAll(() => {
    Error.stackTraceLimit = stackTraceLimit
  })

  const seed = drawSeed()

  const single = Object.values(items).map((item) => encodeBatch(head, [item]).slice())
  const pairs = Object.values(items).map((item, i, all) =>
    encodeBatch(head, [item, all[(7 * i + 3) % all.length]!]).slice(),
  )
  const decode = (bytes: Uint8Array): unknown => decodeBatch(bytes)
  const encode = ({ head, items, version }: ReturnType<typeof decodeBatch>): Uint8Array =>
    encodeBatch(head, items, { version })

  test('batches: 200,000', () => {
    const taken = attack(seed, { samples: [...single, ...pairs], times: 150_000, decode, encode })
    // Those within an item, whose length still fits: the lengths around it refuse the most.
    const wrap = (bytes: Uint8Array): Uint8Array => batchOf([bytes[0]!, (w) => w.raw(bytes.subarray(1))])
    const withKind = single.map((bytes) => {
      const body = bytes.subarray(openHead.length + 6)
      return new Uint8Array([bytes[openHead.length + 1]!, ...body])
    })
    const takenWithin = attack(seed + 1, {
      samples: withKind,
      times: 50_000,
      decode: (bytes) => decode(wrap(bytes)),
      encode: (value: ReturnType<typeof decodeBatch>) => {
        const bytes = encode(value)
        return new Uint8Array([bytes[openHead.length + 1]!, ...bytes.subarray(openHead.length + 6)])
      },
    })
    // Were all refused at the door, this would show nothing.
    expect(taken).toBeGreaterThan(5000)
    expect(takenWithin).toBeGreaterThan(5000)
  })

  const kept: [string, Attack][] = [
    [
      'configurations',
      {
        samples: [configuration, jointConfiguration].map((one) => encodeConfiguration(one).slice()),
        times: 10_000,
        decode: decodeConfiguration,
        encode: encodeConfiguration,
      },
    ],
    [
      'metas of snapshots',
      {
        samples: [encodeSnapshotMeta(meta).slice()],
        times: 10_000,
        decode: decodeSnapshotMeta,
        encode: encodeSnapshotMeta,
      },
    ],
    [
      'payloads of commands',
      {
        samples: [null, 'key'].map((key) =>
          encodeCommandPayload({
            session: 300,
            sequence: 5,
            acknowledged: 4,
            key,
            command: new Uint8Array(9),
          }).slice(),
        ),
        times: 10_000,
        decode: decodeCommandPayload,
        encode: encodeCommandPayload,
      },
    ],
    [
      'payloads of sessions',
      {
        samples: [
          ...(['open', 'keep', 'close'] as const).map((op) => ({ op, session: 300, acknowledged: 5 })),
          { op: 'withdraw' as const, session: 300, sequence: 5, key: 'key', since: 0 },
        ].map((payload) => encodeSessionPayload(payload).slice()),
        times: 10_000,
        decode: decodeSessionPayload,
        encode: encodeSessionPayload,
      },
    ],
    [
      'payloads of changes of settings',
      {
        samples: [null, 300].map((ifSettingsAt) => encodeSettingsPayload({ ifSettingsAt, changes }).slice()),
        times: 10_000,
        decode: decodeSettingsPayload,
        encode: encodeSettingsPayload,
      },
    ],
    [
      "users' values",
      {
        samples: Object.values(values).map(({ value }) => valueCodec.encode(value)),
        times: 60_000,
        decode: valueCodec.decode,
        encode: valueCodec.encode,
      },
    ],
  ]
  test.each(kept)('%s', (_, how) => {
    expect(attack(seed, how)).toBeGreaterThan(how.times / 100)
  })
})
