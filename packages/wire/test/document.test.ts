/** docs/wire-format.md says how the bytes are taken apart: here they are, by what its tables say and nothing else. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Configuration } from '@rafted/core'
import { EntryKind } from '@rafted/core'
import { describe, expect, test } from 'vitest'
import { encodeBatch } from '../src/batch.ts'
import { encodeConfiguration } from '../src/configuration-codec.ts'
import { encodeCommandPayload, encodeLease, encodeSessionPayload } from '../src/entry-payload.ts'
import { type Item, WIRE_VERSIONS } from '../src/envelope.ts'
import * as limits from '../src/limits.ts'
import { encodeSettingsPayload } from '../src/settings-codec.ts'
import { encodeSnapshotMeta } from '../src/snapshot-meta-codec.ts'
import { valueCodec } from '../src/value-codec.ts'
import * as valueLimits from '../src/value-limits.ts'
import { expectSame } from './same.ts'
import {
  changes,
  configuration,
  head,
  items,
  jointConfiguration,
  messages,
  meta,
  requests,
  responses,
} from './samples.ts'

const page = readFileSync(fileURLToPath(new URL('../../../docs/wire-format.md', import.meta.url)), 'utf8')

/** The rows of the table whose head begins with these titles. */
function table(...titles: string[]): string[][] {
  const lines = page.split('\n')
  const start = lines.findIndex((line) => line.startsWith(`| ${titles.join(' | ')} |`))
  expect(start, `a table ${titles.join(', ')}`).toBeGreaterThan(0)
  const end = lines.findIndex((line, i) => i > start && !line.startsWith('|'))
  return lines.slice(start + 2, end).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  )
}

const unquoted = (cell: string): string => cell.replaceAll('`', '')

const requestRows = table('request', 'kind', 'then')

/** Takes bytes apart by what the table of parts says. */
class Taker {
  at = 0
  readonly bytes: Buffer
  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes)
  }
  take(count: number): Uint8Array {
    expect(this.at + count).toBeLessThanOrEqual(this.bytes.length)
    this.at += count
    return new Uint8Array(this.bytes.subarray(this.at - count, this.at))
  }
  fixed(size: number): number {
    return Buffer.from(this.take(size)).readUIntLE(0, size)
  }
  uint(): number {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = this.fixed(1)
      value += (byte % 128) * scale
      if (byte < 128) return value
    }
  }
  text(): string {
    return Buffer.from(this.take(this.uint())).toString('utf8')
  }
  list<T>(one: () => T): T[] {
    return Array.from({ length: this.uint() }, one)
  }

  part(type: string): unknown {
    const list = /^list of (\w+)/.exec(type)?.[1]
    if (list !== undefined) return this.list(() => this.part(list))
    const choice = /^u8 \((.*)\)$/.exec(type)?.[1]
    if (choice !== undefined) {
      const number = this.fixed(1)
      return new Map(choice.split(', ').map((one) => one.split(' = ') as [string, string])).get(
        String(number),
      )
    }
    switch (type) {
      case 'u8':
        return this.fixed(1)
      case 'u16':
        return this.fixed(2)
      case 'u32':
        return this.fixed(4)
      case 'bool':
        return this.fixed(1) === 1
      case 'uint':
        return this.uint()
      case 'uint?':
        return this.uint() || null
      case 'uint, one more than it is':
        return this.uint() - 1
      case 'uint, one more than it is, 0 for null': {
        const more = this.uint()
        return more === 0 ? null : more - 1
      }
      case 'float':
        return Buffer.from(this.take(8)).readDoubleLE()
      case 'text':
      case 'id':
      case 'name':
        return this.text()
      case 'id?':
      case 'name?':
      case 'key?':
      case 'text?':
        return this.text() || null
      case 'bytes':
        return this.take(this.uint())
      case 'rest':
        return this.take(this.bytes.length - this.at)
      case 'member':
      case 'meta':
      case 'peer':
      case 'place':
      case 'kept':
      case 'handover':
      case 'wanted':
      case 'applied':
      case 'piece':
      case 'range':
      case 'answer':
      case 'change':
      case 'settings':
      case 'resting':
        return this.object(sentence(type))
      case 'passed': {
        const kind = this.fixed(1)
        const [name, , fields] = requestRows.find((row) => Number(row[1]) === kind)!
        return { kind: unquoted(name!), ...this.object(fields!) }
      }
      case 'damage?':
      case 'stuck?':
        return this.fixed(1) === 1 ? this.object(sentence(type.slice(0, -1))) : null
      case 'placed':
        return { index: this.uint(), configuration: this.configuration() }
      case 'placed?':
      case 'kept?':
      case 'handover?':
      case 'wanted?':
      case 'piece?':
        return this.fixed(1) === 1 ? this.part(type.slice(0, -1)) : null
      case 'configuration':
        return this.configuration()
      default:
        return expect.fail(`the page names no part "${type}"`)
    }
  }

  configuration(): Configuration {
    const members = (): Configuration['voters'] => this.part('list of member') as Configuration['voters']
    const voters = members()
    const outgoing = members()
    const learners = members().map((learner) => ({ ...learner, promote: false }))
    for (const learner of learners) learner.promote = this.fixed(1) === 1
    return { voters, outgoing: outgoing.length === 0 ? null : outgoing, learners }
  }

  /** Fields as "`name` part · `name` part", a name with dots being a place within. */
  object(fields: string, into: Record<string, unknown> = {}): Record<string, unknown> {
    for (const field of fields === '' ? [] : fields.split(' · ')) {
      const [, path, type] = /^`([\w.]+)` (.+)$/.exec(field) ?? expect.fail(`no field: ${field}`)
      if (type === 'list of entry') {
        // Those of a `fetched` begin at its own index, and are of one term.
        const { message, index, entryTerm } = into as Record<string, number>
        into.entries = this.entries(
          (message as unknown as { prevIndex: number; prevTerm: number } | undefined) ?? {
            prevIndex: index! - 1,
            prevTerm: entryTerm!,
          },
        )
        continue
      }
      const steps = path!.split('.')
      let place: Record<string, unknown> = into
      steps.forEach((step, i) => {
        if (i === steps.length - 1) place[step] = this.part(type!)
        else {
          place[step] ??= steps[i + 1] === '0' ? [] : {}
          place = place[step] as Record<string, unknown>
        }
      })
    }
    return into
  }

  entries({ prevIndex, prevTerm }: { prevIndex: number; prevTerm: number }): unknown[] {
    expect(table('field of an entry', 'part').map((row) => row.map(unquoted))).toEqual([
      ['kind', 'u8'],
      ['term, added', 'uint'],
      ['time, added', 'uint'],
      ['payload', 'bytes'],
    ])
    let index = prevIndex
    let term = prevTerm
    let time = 0
    return this.list(() => {
      const kind = this.fixed(1)
      term += this.uint()
      time += this.uint()
      return { index: ++index, term, kind, time, payload: this.part('bytes') }
    })
  }
}

/** "A **thing** is …", or "The body of an item `thing` … \n\n…": the line of fields. */
function sentence(thing: string): string {
  return new RegExp(`^An? \\*\\*${thing}\\*\\* is (.*)$`, 'm').exec(page)![1]!
}

function afterBody(item: string): string {
  return new RegExp(`^The body of an item \`${item}\`[^\\n]*\\n\\n(.*)$`, 'm').exec(page)![1]!
}

/** The head of a batch, and the items' kinds and bodies. */
function takeBatch(bytes: Uint8Array): { kind: number; body: Taker }[] {
  const r = new Taker(bytes)
  expect(table('field', 'part', 'meaning').map(([field]) => field)).toEqual([
    'magic',
    'version',
    'oldest, newest',
    'cluster',
    'sender',
  ])
  const magic = table('field', 'part', 'meaning')[0]![2]!
  expect(r.fixed(4)).toBe(Number(/0x[0-9a-f]+/i.exec(magic)![0]))
  expect(Buffer.from(bytes.subarray(0, 4)).toString()).toBe(/`(\w+)`/.exec(magic)![1])
  expect([r.fixed(2), r.fixed(2), r.fixed(2)]).toEqual([1, ...head.versions])
  expect(Buffer.from(r.take(r.fixed(1))).toString()).toBe(head.cluster)
  expect(Buffer.from(r.take(r.fixed(1))).toString()).toBe(head.sender)
  const all = r.list(() => ({ kind: r.fixed(1), body: new Taker(r.take(r.fixed(4))) }))
  expect(r.at).toBe(bytes.length)
  return all
}

function onlyItem(item: Item): Taker {
  const [only] = takeBatch(encodeBatch(head, [item]))
  const named = table('item', 'kind').find(([, kind]) => Number(kind) === only!.kind)
  expect(unquoted(named![0]!)).toBe(item.kind)
  return only!.body
}

/** Takes the kind and what follows by the table. */
function takeByKind(r: Taker, rows: string[][], into: Record<string, unknown>): string {
  const kind = r.fixed(1)
  const [name, , fields] = rows.find((row) => Number(row[1]) === kind) ?? expect.fail(`no kind ${kind}`)
  r.object(fields!, into)
  return unquoted(name!)
}

const itemKinds = [
  'member',
  'snapshot-progress',
  'request',
  'response',
  'fetch',
  'fetched',
  'fetch-snapshot',
  'fetched-part',
  'pulse',
  'roll-call',
  'missing',
]

describe('the page takes apart', () => {
  const rows = { message: table('message', 'kind', 'then'), request: requestRows }
  const responseRows = table('response', 'kind', 'then')

  test.each(Object.entries(messages))('the message %s', (_, item) => {
    const r = onlyItem(item)
    const into: Record<string, unknown> = { kind: 'member', entries: [], chunk: null }
    r.object(afterBody('member'), into)
    const kind = takeByKind(r, rows.message, into)
    Object.assign(into.message as object, { kind })
    expect(r.at).toBe(r.bytes.length)
    const { heads: _heads, ...message } = item.message as { heads?: unknown }
    expectSame(into, { ...item, message })
  })

  test.each(Object.entries(requests))('the request %s', (_, request) => {
    const r = onlyItem({ kind: 'request', request })
    const kind = r.fixed(1)
    const [name, , fields] = rows.request.find((row) => Number(row[1]) === kind)!
    const asked = r.object(afterBody('request'))
    const none = request.kind === 'command' ? { trace: null } : {}
    const into: Record<string, unknown> = {
      kind: unquoted(name!),
      ...none,
      ...asked,
      ...r.object(fields!),
    }
    if (request.kind === 'relay') into.request = { ...asked, ...(into.request as object) }
    expect(r.at).toBe(r.bytes.length)
    expectSame(into, request)
  })

  test.each(Object.entries(responses))('the response %s', (_, response) => {
    const r = onlyItem({ kind: 'response', response })
    const kind = r.fixed(1)
    const [name, , fields] = responseRows.find((row) => Number(row[1]) === kind)!
    const into = { kind: unquoted(name!), ...r.object(afterBody('response')), ...r.object(fields!) }
    expect(r.at).toBe(r.bytes.length)
    expectSame(into, response)
  })

  const others = itemKinds.filter((kind) => !['member', 'request', 'response'].includes(kind))
  test.each(Object.entries(items).filter(([, { kind }]) => others.includes(kind)))('%s', (_, item) => {
    const r = onlyItem(item)
    expectSame(r.object(afterBody(item.kind), { kind: item.kind }), item)
    expect(r.at).toBe(r.bytes.length)
  })

  test('what is kept', () => {
    const command = { session: 300, sequence: 2, acknowledged: 1, key: 'k', command: new Uint8Array([1, 2]) }
    const session = { op: 'close', session: 300, acknowledged: 2 } as const
    const withdrawn = { session: 300, sequence: 2, key: 'k', since: 0 }
    const lease = { leader: 'member-a', abstainMs: 1000.5 }
    const kept: Record<string, [bytes: Uint8Array, value: object][]> = {
      configuration: [configuration, jointConfiguration].map((one) => [encodeConfiguration(one), one]),
      meta: [[encodeSnapshotMeta(meta), meta]],
      command: [
        [encodeCommandPayload(command), command],
        [encodeCommandPayload({ ...command, key: null }), { ...command, key: null }],
      ],
      skipped: [[encodeCommandPayload({ ...command, skipped: true }), withoutCommand(command)]],
      session: (['open', 'keep', 'close'] as const).map((op) => [
        encodeSessionPayload({ ...session, op }),
        { ...session, op },
      ]),
      withdrawal: [withdrawn, { session: 0, sequence: 0, key: 'k', since: 300 }].map((one) => [
        encodeSessionPayload({ op: 'withdraw', ...one }),
        one,
      ]),
      settings: [null, 0, 300].map((ifSettingsAt) => [
        encodeSettingsPayload({ ifSettingsAt, changes }),
        { ifSettingsAt, changes },
      ]),
      lease: [[encodeLease(lease), lease]],
    }
    const rows = table('what is kept', 'format', 'then')
    expect(rows.map(([name]) => unquoted(name!))).toEqual(Object.keys(kept))
    for (const [name, format, then] of rows)
      for (const [bytes, value] of kept[unquoted(name!)]!) {
        const r = new Taker(bytes)
        expect(r.fixed(1)).toBe(Number(format))
        const alone = /^a (configuration|meta)$/.exec(then!)?.[1]
        expectSame(alone === undefined ? r.object(then!) : r.part(alone), value)
        expect(r.at).toBe(bytes.length)
      }
  })
})

function withoutCommand<T extends { readonly command: Uint8Array }>({ command: _, ...rest }: T): object {
  return rest
}

describe('the page names', () => {
  const names = (...titles: string[]): string[] => table(...titles).map(([name]) => unquoted(name!))

  test('each kind once, and there is no other', () => {
    const kindsOf = (samples: Record<string, { kind: string }>): string[] => [
      ...new Set(Object.values(samples).map(({ kind }) => kind)),
    ]
    const all = Object.fromEntries(Object.entries(messages).map(([name, { message }]) => [name, message]))
    expect(names('message', 'kind', 'then')).toEqual(kindsOf(all))
    // A command has two: with a trace, and without.
    expect(names('request', 'kind', 'then')).toEqual([...kindsOf(requests), 'command'])
    expect(names('response', 'kind', 'then')).toEqual(kindsOf(responses))
    expect(names('item', 'kind')).toEqual(itemKinds)
    expect(
      Object.fromEntries(table('entry', 'kind').map(([name, kind]) => [unquoted(name!), Number(kind)])),
    ).toEqual(EntryKind)
  })

  test('the versions', () => {
    const [, oldest, newest] = /reads and writes versions (\d+) to (\d+)/.exec(page)!
    expect([Number(oldest), Number(newest)]).toEqual(WIRE_VERSIONS)
  })

  test('the limits', () => {
    const named = Object.fromEntries(
      table('limit', 'value').map(([name, value]) => [unquoted(name!), Number(value)]),
    )
    const { MAX_BIGINT_BYTES, resolveValueLimits } = valueLimits
    expect(named).toEqual({ ...limits, ...resolveValueLimits(), MAX_BIGINT_BYTES })
    const [, deepest] = /can be set, to (\d+) at most/.exec(page)!
    expect(resolveValueLimits({ maxDepth: Number(deepest) }).maxDepth).toBe(Number(deepest))
    expect(() => resolveValueLimits({ maxDepth: Number(deepest) + 1 })).toThrow()
    const bytesOf = (part: string): number[] =>
      [
        ...table('part', 'bytes')
          .find(([name]) => name!.includes(`\`${part}\``))![1]!
          .matchAll(/[\d,]{2,}/g),
      ].map(([n]) => Number(n.replaceAll(',', '')))
    expect(bytesOf('id')).toEqual([limits.MAX_ID_BYTES])
    expect(bytesOf('name')).toEqual([limits.MAX_NAME_BYTES])
    expect(bytesOf('key?')).toEqual([limits.MAX_KEY_BYTES])
    expect(bytesOf('text')).toEqual([limits.MAX_TEXT_BYTES])
  })

  test('the extensions of values', () => {
    const types = table('extension', 'type', 'content').map(([, type]) => Number(type))
    const { UNDEFINED_EXTENSION, BIGINT_EXTENSION, MAP_EXTENSION, SET_EXTENSION } = valueLimits
    const { TYPED_ARRAY_EXTENSION, DATE_EXTENSION } = valueLimits
    expect(types).toEqual([
      UNDEFINED_EXTENSION,
      BIGINT_EXTENSION,
      MAP_EXTENSION,
      SET_EXTENSION,
      TYPED_ARRAY_EXTENSION,
      DATE_EXTENSION,
    ])
    const samples = [undefined, 2n ** 64n, new Map(), new Set(), new Int8Array(2), new Date(0)]
    const tokens: Record<number, number> = { 212: 1, 214: 1, 216: 1, 199: 2 }
    expect(
      samples.map((sample) => {
        const bytes = valueCodec.encode(sample)
        return bytes[tokens[bytes[0]!]!]
      }),
    ).toEqual(types)
  })

  test('the classes of typed arrays', () => {
    const [, , content] = table('extension', 'type', 'content').find(([name]) => name === 'typed array')!
    const classes = [...content!.matchAll(/(\d+) `(\w+)`/g)]
    expect(classes).toHaveLength(10)
    for (const [, code, name] of classes) {
      const kind = (globalThis as unknown as Record<string, new (length: number) => ArrayBufferView>)[name!]!
      expect(valueCodec.encode(new kind(1))[3], name).toBe(Number(code))
    }
  })

  test('a batch byte by byte', () => {
    const [, dump] = /^```text\n(.*?)^```$/ms.exec(page)!
    const hex = dump!.split('\n').map((line) => /^[0-9a-f ]*/.exec(line.slice(0, 25))![0].replaceAll(' ', ''))
    const ack: Item = {
      kind: 'member',
      incarnation: 'g',
      message: { kind: 'ack', from: 'x', to: 'y', term: 9, match: 300, round: 5, leadership: 'normal' },
      entries: [],
      chunk: null,
    }
    const bytes = encodeBatch({ cluster: 'shop', versions: [1, 1], sender: 'a' }, [ack])
    expect(hex.join('')).toBe(Buffer.from(bytes).toString('hex'))
  })

  test('what comes back changed, and a test shows each', () => {
    const shown = readFileSync(fileURLToPath(new URL('values.test.ts', import.meta.url)), 'utf8')
    expect(names('given', 'comes back as')).toHaveLength(11)
    for (const word of [
      '−0',
      'NaN',
      'Buffer',
      'prototype',
      'realm',
      'frozen',
      'accessor',
      'hole',
      'besides',
      'enumerable',
      'two objects',
    ]) {
      expect(page.slice(page.indexOf('**Comes back changed:**')), word).toContain(word)
      expect(shown, word).toContain(word)
    }
  })
})
