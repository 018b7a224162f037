/** A codec of the user's own that fails: the one call fails, typed and on every member alike, and nothing else does (F115b). */
import { type Codec, CowMap, defineValue } from '@rafted/contracts'
import { type MemoryHost, openHosts } from 'rafted-memory'
import { afterEach, describe, expect, test } from 'vitest'

const opened: { close(): Promise<void> }[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()))
})

/** What the codec makes of a result that says how it is to fail. */
const failures: Readonly<Record<string, () => unknown>> = {
  throws: () => {
    throw new Error('The codec has failed.')
  },
  text: () => 'no bytes',
  promise: () => Promise.resolve(new Uint8Array(2)),
  nothing: () => undefined,
}

/** JSON, written to the same memory each time. It can't read what holds the word "unreadable". */
function failingCodec(): Codec {
  const memory = new Uint8Array(100_000)
  return {
    encode(value) {
      const failure = failures[(value as { readonly fails?: string } | null)?.fails ?? '']
      if (failure !== undefined) return failure() as Uint8Array
      const { written } = new TextEncoder().encodeInto(JSON.stringify(value ?? null), memory)
      return memory.subarray(0, written)
    },
    decode(bytes) {
      const text = new TextDecoder().decode(bytes)
      if (text.includes('unreadable')) throw new Error('The codec has failed.')
      return JSON.parse(text)
    },
  }
}

const pure = defineValue({
  codec: failingCodec(),
  init: () => [] as readonly string[],
  commands: {
    add: (all, item: string) => [item, [...all, item]],
    fail: (all, fails: string) => [{ fails }, [...all, fails]],
    spell: (all, a: string, b: string) => [a + b, [...all, 'spelt']],
  },
  queries: {
    all: (all) => all,
    failing: (_, fails: string) => ({ fails }),
    spelling: (_, a: string, b: string) => a + b,
  },
})

/** The same in place: what a command has changed before its result could not be encoded stays. */
const inPlace = defineValue({
  codec: failingCodec(),
  create: () => new CowMap<number, string>(),
  commands: {
    add: (all, item: string) => put(all, item, item),
    fail: (all, fails: string) => put(all, fails, { fails }),
    spell: (all, a: string, b: string) => put(all, 'spelt', a + b),
  },
  queries: {
    all: (all) => [...all.values()],
    failing: (_, fails: string) => ({ fails }),
    spelling: (_, a: string, b: string) => a + b,
  },
  snapshot: (all) => all.freeze(),
  restore: (all, [at, item]) => void all.set(at, item),
})

function put<Result>(all: CowMap<number, string>, item: string, result: Result): Result {
  all.set(all.size, item)
  return result
}

/** Three hosts with the group, and that of them which is asked. */
async function trio(machine: typeof pure | typeof inPlace): Promise<[MemoryHost, ...MemoryHost[]]> {
  const hosts = await openHosts('a', 'b', 'c')
  opened.push(...hosts)
  const [a, b, c] = hosts as [MemoryHost, MemoryHost, MemoryHost]
  await a.createGroup('value', { machine })
  for (const host of [b, c]) await host.group('value', { machine, join: ['a'] })
  return [b, a, c]
}

describe.each([
  ['pure', pure],
  ['in place', inPlace],
])('of a value that is %s', (_, machine) => {
  test('commands and queries fail one by one, and the group goes on, equal everywhere', async () => {
    const [asked, ...others] = await trio(machine)
    const value = asked.value('value', machine as typeof pure)
    const kept: string[] = []
    for (const how of Object.keys(failures)) {
      await expect(value.fail(how)).rejects.toMatchObject({ code: 'command-failed', outcome: 'not-applied' })
      await expect(value.failing(how)).rejects.toMatchObject({ code: 'query-failed', outcome: 'not-applied' })
      expect(await value.add(how)).toBe(how)
      kept.push(...(machine === inPlace ? [how, how] : [how]))
    }
    // Members can't read the command; the caller can't read the result of one that is done.
    await expect(value.add('unreadable')).rejects.toMatchObject({
      code: 'command-failed',
      outcome: 'not-applied',
    })
    await expect(value.spell('unread', 'able')).rejects.toMatchObject({
      code: 'bad-bytes',
      outcome: 'unknown',
    })
    await expect(value.spelling('unread', 'able')).rejects.toMatchObject({
      code: 'bad-bytes',
      outcome: 'not-applied',
    })
    kept.push('spelt')
    for (const host of [asked, ...others]) {
      const here = host.value('value', machine as typeof pure).with({ on: 'here' })
      expect(await here.all()).toEqual(kept)
      expect(host.status('value')).toMatchObject({ stopped: null })
    }
  })

  test('memory that it writes to again is nobody else’s', async () => {
    const [asked] = await trio(machine)
    const value = asked.value('value', machine as typeof pure)
    const items = Array.from({ length: 100 }, (__, i) => `item ${i}`)
    expect(await Promise.all(items.map((item) => value.add(item)))).toEqual(items)
    expect(await value.all()).toEqual(items)
  })
})

test('what is no codec is refused where a value is defined', () => {
  for (const codec of [{}, { encode: () => new Uint8Array() }, 5, null])
    expect(() => defineValue({ init: () => 0, commands: {}, queries: {}, codec: codec as never })).toThrow(
      expect.objectContaining({ code: 'invalid-argument', outcome: 'not-applied' }),
    )
})
