/** The members of a group, as entries of kind `configuration`, snapshots and answers carry them. */

import { MAX_MACHINE_VERSION } from '@rafted/contracts'
import type { Configuration, ConfigurationEntry, Learner, Member } from '@rafted/core'
import { cannotEncode } from './bad-bytes.ts'
import { MAX_ID_BYTES, MAX_MEMBERS, MAX_NAME_BYTES, MAX_VERSION } from './limits.ts'
import { Reader } from './reader.ts'
import { Writer } from './writer.ts'

/** Layout of entries of kind `configuration`. */
const FORMAT = 1
/** id, host and address of one byte, each after its length; durable; two ranges of versions. */
const MIN_MEMBER_BYTES = 11

const writer = new Writer()

/** The payload of an entry of kind `configuration`. @throws {RaftedError} `invalid-argument` if it is none. */
export function encodeConfiguration(configuration: Configuration): Uint8Array {
  writer.begin(256)
  writer.u8(FORMAT)
  writeConfiguration(writer, configuration)
  return writer.finish()
}

/** @throws {BadBytes} unless the bytes are exactly one sound configuration. */
export function decodeConfiguration(bytes: Uint8Array): Configuration {
  const reader = new Reader(bytes)
  const format = reader.u8()
  if (format !== FORMAT) reader.fail(`a configuration of format ${format}`, 'version-mismatch')
  const configuration = readConfiguration(reader)
  reader.done()
  return configuration
}

export function writeConfiguration(w: Writer, configuration: Configuration): void {
  const problem = problemOf(configuration)
  if (problem !== null) cannotEncode(problem)
  writeMembers(w, configuration.voters)
  writeMembers(w, configuration.outgoing ?? [])
  writeMembers(w, configuration.learners)
  for (const learner of configuration.learners) w.bool(learner.promote)
}

export function readConfiguration(r: Reader): Configuration {
  const voters = readMembers(r)
  const outgoing = readMembers(r)
  const learners: Learner[] = []
  for (const { id, host, address, durable, wire, machine } of readMembers(r))
    learners.push({ id, host, address, durable, wire, machine, promote: false })
  for (let i = 0; i < learners.length; i++) learners[i] = { ...learners[i]!, promote: r.bool() }
  const configuration: Configuration = { voters, outgoing: outgoing.length === 0 ? null : outgoing, learners }
  const problem = problemOf(configuration)
  if (problem !== null) r.fail(problem)
  return configuration
}

export function writeConfigurationEntry(w: Writer, entry: ConfigurationEntry): void {
  w.uint(entry.index)
  writeConfiguration(w, entry.configuration)
}

export function readConfigurationEntry(r: Reader): ConfigurationEntry {
  return { index: r.uintFrom(1, 'the index of a configuration'), configuration: readConfiguration(r) }
}

export function writeMember(w: Writer, member: Member): void {
  const [oldest, newest] = member.wire
  if (!isVersionRange(oldest, newest)) cannotEncode(`${oldest} to ${newest} is no range of versions`)
  const [first, last] = member.machine
  if (!isMachineRange(first, last)) cannotEncode(`${first} to ${last} is no range of versions of a machine`)
  w.id(member.id, MAX_ID_BYTES)
  w.id(member.host, MAX_ID_BYTES)
  w.id(member.address, MAX_NAME_BYTES)
  w.bool(member.durable)
  w.uint(oldest)
  w.uint(newest)
  w.uint(first)
  w.uint(last)
}

/** Mostly the same ones: members of thousands of groups share them. */
class SharedRange {
  #last: readonly [number, number] = [0, 0]

  of(from: number, to: number): readonly [number, number] {
    if (this.#last[0] !== from || this.#last[1] !== to) this.#last = [from, to]
    return this.#last
  }
}

const wires = new SharedRange()
const machines = new SharedRange()

export function readMember(r: Reader): Member {
  const id = r.id(MAX_ID_BYTES)
  const host = r.id(MAX_ID_BYTES)
  const address = r.id(MAX_NAME_BYTES)
  const durable = r.bool()
  const oldest = r.uint()
  const newest = r.uint()
  if (!isVersionRange(oldest, newest)) r.fail(`${oldest} to ${newest} is no range of versions`)
  const first = r.uint()
  const last = r.uint()
  if (!isMachineRange(first, last)) r.fail(`${first} to ${last} is no range of versions of a machine`)
  return { id, host, address, durable, wire: wires.of(oldest, newest), machine: machines.of(first, last) }
}

export function isVersionRange(oldest: number, newest: number): boolean {
  return oldest >= 1 && oldest <= newest && newest <= MAX_VERSION
}

function isMachineRange(oldest: number, newest: number): boolean {
  return oldest >= 1 && oldest <= newest && newest <= MAX_MACHINE_VERSION
}

function writeMembers(w: Writer, members: readonly Member[]): void {
  w.uint(members.length)
  for (const member of members) writeMember(w, member)
}

function readMembers(r: Reader): Member[] {
  const count = r.count(MAX_MEMBERS, MIN_MEMBER_BYTES, 'members')
  // As large as it is, and no larger: a host keeps them for many thousands of groups.
  const members = new Array<Member>(count)
  for (let i = 0; i < count; i++) members[i] = readMember(r)
  return members
}

/** What is wrong with a configuration, or null. An empty list of outgoing voters would make every quorum impossible. */
function problemOf({ voters, outgoing, learners }: Configuration): string | null {
  if (voters.length === 0) return 'a configuration has no voters'
  if (outgoing !== null && outgoing.length === 0) return 'a joint configuration has no outgoing voters'
  for (const list of [voters, outgoing ?? [], learners]) {
    if (list.length > MAX_MEMBERS) return `a configuration lists more than ${MAX_MEMBERS} members`
    if (new Set(list.map(({ host }) => host)).size < list.length)
      return 'a host stands twice in a list of members'
  }
  if (outgoing !== null && new Set(outgoing.map(({ id }) => id)).size < outgoing.length)
    return 'a member stands twice among the outgoing voters'
  if (new Set([...voters, ...learners].map(({ id }) => id)).size < voters.length + learners.length)
    return 'a member stands twice among voters and learners'
  return null
}
