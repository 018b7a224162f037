/** What a snapshot is of, as parts of it and its file carry it. */
import type { SnapshotMeta } from '@rafted/contracts'
import { cannotEncode } from './bad-bytes.ts'
import { readConfigurationEntry, writeConfigurationEntry } from './configuration-codec.ts'
import { MAX_ID_BYTES } from './limits.ts'
import { Reader } from './reader.ts'
import { Writer } from './writer.ts'

/** Layout of a meta that stands alone. */
const FORMAT = 1

const writer = new Writer()

/** A meta on its own, for stores. @throws {RaftedError} `invalid-argument`. */
export function encodeSnapshotMeta(meta: SnapshotMeta): Uint8Array {
  writer.begin(256)
  writer.u8(FORMAT)
  writeSnapshotMeta(writer, meta)
  return writer.finish()
}

/** @throws {BadBytes} unless the bytes are exactly one meta. */
export function decodeSnapshotMeta(bytes: Uint8Array): SnapshotMeta {
  const reader = new Reader(bytes)
  const format = reader.u8()
  if (format !== FORMAT) reader.fail(`a snapshot's meta of format ${format}`, 'version-mismatch')
  const meta = readSnapshotMeta(reader)
  reader.done()
  return meta
}

export function writeSnapshotMeta(w: Writer, meta: SnapshotMeta): void {
  if (meta.index < 1 || meta.term < 1) cannotEncode(`no snapshot ends at ${meta.index}/${meta.term}`)
  if (meta.configuration.index > meta.index)
    cannotEncode('a snapshot holds a configuration from behind its end')
  if (!(meta.checksum >>> 0 === meta.checksum)) cannotEncode(`${meta.checksum} is no CRC-32`)
  w.id(meta.incarnation, MAX_ID_BYTES)
  w.uint(meta.index)
  w.uint(meta.term)
  w.uint(meta.time)
  w.uint(meta.format)
  w.uint(meta.machineVersion)
  w.uint(meta.size)
  w.room(4)
  w.patchU32(w.at, meta.checksum)
  w.at += 4
  writeConfigurationEntry(w, meta.configuration)
}

export function readSnapshotMeta(r: Reader): SnapshotMeta {
  const incarnation = r.id(MAX_ID_BYTES)
  const index = r.uintFrom(1, "a snapshot's index")
  const term = r.uintFrom(1, "a snapshot's term")
  const time = r.uint()
  const format = r.uint()
  const machineVersion = r.uint()
  const size = r.uint()
  const checksum = r.u32()
  const configuration = readConfigurationEntry(r)
  if (configuration.index > index) r.fail('a snapshot holds a configuration from behind its end')
  return { index, term, time, configuration, incarnation, format, machineVersion, size, checksum }
}
