/** The meta of a snapshot, as the document of the wire format lays it out. */
import { type Bytes, Unreadable } from './bytes.ts'

export interface ReadMember {
  readonly id: string
  readonly host: string
  readonly address: string
  readonly durable: boolean
  readonly wire: readonly [number, number]
  readonly machine: readonly [number, number]
}

export interface ReadMeta {
  readonly incarnation: string
  readonly index: number
  readonly term: number
  readonly time: number
  readonly format: number
  readonly machineVersion: number
  readonly size: number
  readonly checksum: number
  readonly configuration: {
    readonly index: number
    readonly configuration: {
      readonly voters: readonly ReadMember[]
      readonly outgoing: readonly ReadMember[] | null
      readonly learners: readonly (ReadMember & { readonly promote: boolean })[]
    }
  }
}

/** @throws {Unreadable} */
export function readMeta(bytes: Bytes): ReadMeta {
  if (bytes.u8() !== 1) throw new Unreadable('an unknown format of a meta')
  const meta = {
    incarnation: bytes.text(),
    index: bytes.varint(),
    term: bytes.varint(),
    time: bytes.varint(),
    format: bytes.varint(),
    machineVersion: bytes.varint(),
    size: bytes.varint(),
    checksum: bytes.u32(),
    configuration: { index: bytes.varint(), configuration: configuration(bytes) },
  }
  bytes.done()
  return meta
}

function configuration(bytes: Bytes): ReadMeta['configuration']['configuration'] {
  const voters = members(bytes)
  const outgoing = members(bytes)
  const learners = members(bytes).map((member) => ({ ...member, promote: false }))
  for (const learner of learners) learner.promote = bytes.bool()
  return { voters, outgoing: outgoing.length === 0 ? null : outgoing, learners }
}

function members(bytes: Bytes): ReadMember[] {
  return Array.from({ length: bytes.varint() }, () => ({
    id: bytes.text(),
    host: bytes.text(),
    address: bytes.text(),
    durable: bytes.bool(),
    wire: [bytes.varint(), bytes.varint()] as const,
    machine: [bytes.varint(), bytes.varint()] as const,
  }))
}
