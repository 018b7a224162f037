/** What callers give is looked at before anything is sent. */
import { type ClientOptions, createClient } from '@rafted/client'
import type { AnyDefinition, CallOptions } from '@rafted/contracts'
import { describe, expect, test } from 'vitest'
import { leaderAt, setting } from './setting.ts'

const refused = (message: RegExp) => ({
  code: 'invalid-argument',
  outcome: 'not-applied',
  message: expect.stringMatching(message),
})

describe('options of a call', () => {
  const wrong: [string, unknown, RegExp][] = [
    ['a time of zero', { timeoutMs: 0 }, /timeoutMs .* not 0\./],
    ['a time that is text', { timeoutMs: '5' }, /timeoutMs .* not "5"\./],
    ['no number', { timeoutMs: Number.NaN }, /timeoutMs .* not NaN\./],
    ['for ever', { timeoutMs: Number.POSITIVE_INFINITY }, /timeoutMs .* not Infinity\./],
    ['a signal that is none', { signal: 3 }, /`signal` must be an AbortSignal, not 3\./],
    ['no signal', { signal: null }, /`signal` must be an AbortSignal, not null\./],
  ]

  test.each(wrong)('%s', async (_, options, message) => {
    const { link, machine, client } = setting()
    link.script = leaderAt('a')
    const over = options as CallOptions
    await expect(machine.command('x', over)).rejects.toMatchObject(refused(message))
    await expect(machine.query('x', over)).rejects.toMatchObject(refused(message))
    await expect(client.locate('queue', over)).rejects.toMatchObject(refused(message))
    expect(link.sent).toEqual([])
  })

  test('another way to read than there is', async () => {
    const { link, machine } = setting()
    link.script = leaderAt('a')
    const ways = [
      [{ read: 'dirty' }, /`read` is 'linearizable', 'lease', 'stale' or { maxStalenessMs }, not "dirty"/],
      [{ read: null }, /`read` is 'linearizable', .*, not null/],
      [{ read: {} }, /maxStalenessMs is a number of milliseconds above zero, not undefined/],
      [{ read: { maxStalenessMs: 0 } }, /maxStalenessMs is .*, not 0/],
      [{ on: 'there' }, /`on` is 'leader' or 'here', not "there"/],
    ] as const
    for (const [way, message] of ways)
      await expect(machine.query('x', way as unknown as CallOptions)).rejects.toMatchObject(refused(message))
    expect(link.sent).toEqual([])
  })

  test('none at all', () => {
    const definition = { commandNames: [], queryNames: [], codec: null } as unknown as AnyDefinition
    const handle = setting().client.value('queue', definition)
    for (const none of [undefined, null, 5])
      expect(() => handle.with(none as unknown as CallOptions)).toThrow(
        expect.objectContaining(refused(/options of a call/)),
      )
  })
})

test('what defineValue has not returned is no definition', () => {
  const { client } = setting()
  for (const wrong of [undefined, null, {}, { init: () => 0, commands: {}, queries: {} }])
    expect(() => client.value('queue', wrong as unknown as AnyDefinition)).toThrow(
      expect.objectContaining(refused(/what `defineValue` returned/)),
    )
})

test('createGroup says where', async () => {
  const { client, link } = setting()
  for (const wrong of [undefined, {}, { machine: {} }])
    await expect(client.createGroup('queue', wrong as never)).rejects.toMatchObject(
      refused(/`at` must be the address/),
    )
  expect(link.sent).toEqual([])
})

test('addresses are an array of addresses', () => {
  const { link, clock } = setting()
  const make = (addresses: unknown) => () =>
    createClient({
      link,
      clock,
      random: { number: () => 0, bytes: () => new Uint8Array() },
      addresses,
    } as ClientOptions)
  for (const wrong of ['a:7000', undefined, [''], [5], [null]])
    expect(make(wrong)).toThrow(expect.objectContaining(refused(/ddress/)))
})
