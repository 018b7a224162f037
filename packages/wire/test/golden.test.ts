/**
 * What has once been written must be read for ever, and be written the same way (F115). `UPDATE_GOLDEN=1` writes the
 * files anew: for a new kind, never for one that has been released.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { EntryKind } from '@rafted/core'
import { describe, expect, test } from 'vitest'
import { decodeBatch, encodeBatch } from '../src/batch.ts'
import { decodeConfiguration, encodeConfiguration } from '../src/configuration-codec.ts'
import {
  decodeCommandPayload,
  decodeLease,
  decodeSessionPayload,
  encodeCommandPayload,
  encodeLease,
  encodeSessionPayload,
} from '../src/entry-payload.ts'
import { SETTING_NAMES } from '../src/group-settings.ts'
import { decodeSettingsPayload, encodeSettingsPayload } from '../src/settings-codec.ts'
import { decodeSnapshotMeta, encodeSnapshotMeta } from '../src/snapshot-meta-codec.ts'
import { valueCodec } from '../src/value-codec.ts'
import { configuration, entryKinds, head, items, jointConfiguration, meta, values } from './samples.ts'

const directory = fileURLToPath(new URL('golden/', import.meta.url))
const update = process.env.UPDATE_GOLDEN === '1'
const seen = new Set<string>()
if (update) {
  rmSync(directory, { recursive: true, force: true })
  mkdirSync(directory)
}

/** Lines of 32 bytes, so that a difference shows where it is. */
function toText(bytes: Uint8Array): string {
  return `${
    Buffer.from(bytes)
      .toString('hex')
      .match(/.{1,64}/g)
      ?.join('\n') ?? ''
  }\n`
}

/** Checks that `value` encodes to the bytes in the file, and that the bytes in the file decode to `back`. */
function golden<T>(
  name: string,
  value: T,
  encode: (value: T) => Uint8Array,
  decode: (bytes: Uint8Array) => unknown,
  back: unknown = value,
): void {
  const file = `${name}.hex`
  seen.add(file)
  test(name, () => {
    if (update) writeFileSync(join(directory, file), toText(encode(value)))
    const text = readFileSync(join(directory, file), 'utf8')
    expect(toText(encode(value))).toBe(text)
    const bytes = new Uint8Array(Buffer.from(text.replaceAll('\n', ''), 'hex'))
    expect(decode(bytes)).toStrictEqual(back)
  })
}

describe('batches with one item', () => {
  for (const [name, item] of Object.entries(items))
    golden(
      name,
      item,
      (one) => encodeBatch(head, [one], { version: 1 }),
      (bytes) => decodeBatch(bytes).items[0],
    )
  golden(
    'batch-of-all',
    Object.values(items),
    (all) => encodeBatch(head, all, { version: 1 }),
    (bytes) => decodeBatch(bytes).items,
  )
  golden(
    'batch-empty',
    { head: { cluster: 'ä', versions: [1, 65_535] as const, sender: 's' }, version: 1, items: [] },
    (batch) => encodeBatch(batch.head, batch.items, { version: 1 }),
    decodeBatch,
  )

  test('there is one for each kind of entry', () => {
    expect(Object.keys(entryKinds)).toEqual(Object.keys(EntryKind))
  })
})

describe('what stores keep', () => {
  golden('configuration', configuration, encodeConfiguration, decodeConfiguration)
  golden('configuration-joint', jointConfiguration, encodeConfiguration, decodeConfiguration)
  golden('snapshot-meta', meta, encodeSnapshotMeta, decodeSnapshotMeta)
  golden(
    'payload-command',
    { session: 1, sequence: 2, acknowledged: 1, key: null, command: new Uint8Array([7, 8]) },
    encodeCommandPayload,
    decodeCommandPayload,
  )
  golden(
    'payload-command-with-key',
    { session: 2 ** 40, sequence: 300, acknowledged: 0, key: 'schlüssel', command: new Uint8Array(0) },
    encodeCommandPayload,
    decodeCommandPayload,
  )
  golden('payload-lease', { leader: 'member', abstainMs: 1000.5 }, encodeLease, decodeLease)
  golden(
    'payload-settings',
    { ifSettingsAt: 300, changes: [{ setting: 'snapshotFactor' as const, value: 2.5 }] },
    encodeSettingsPayload,
    decodeSettingsPayload,
  )
  golden(
    'payload-settings-any',
    {
      ifSettingsAt: null,
      changes: SETTING_NAMES.map((setting, i) => ({ setting, value: i })),
    },
    encodeSettingsPayload,
    decodeSettingsPayload,
  )
  for (const op of ['open', 'keep', 'close'] as const)
    golden(
      `payload-session-${op}`,
      { op, session: 5, acknowledged: 6 },
      encodeSessionPayload,
      decodeSessionPayload,
    )
  golden(
    'payload-session-withdraw',
    { op: 'withdraw', session: 5, sequence: 6, key: null, since: 0 },
    encodeSessionPayload,
    decodeSessionPayload,
  )
  golden(
    'payload-session-withdraw-key',
    { op: 'withdraw', session: 0, sequence: 0, key: 'schlüssel', since: 300 },
    encodeSessionPayload,
    decodeSessionPayload,
  )
})

describe("users' values", () => {
  for (const [name, { value, ...rest }] of Object.entries(values))
    golden(`value-${name}`, value, valueCodec.encode, valueCodec.decode, 'back' in rest ? rest.back : value)
})

test('no file is left over, and none is missing', () => {
  expect(readdirSync(directory).sort()).toEqual([...seen].sort())
})
