/** How a member stands, as the answer to `status` carries it. */
import type { Role } from '@rafted/core'
import { cannotEncode } from './bad-bytes.ts'
import { readConfigurationEntry, writeConfigurationEntry } from './configuration-codec.ts'
import { MAX_ID_BYTES, MAX_MEMBERS, MAX_NAME_BYTES, MAX_TEXT_BYTES } from './limits.ts'
import type { Reader } from './reader.ts'
import { readDamage, writeDamage } from './repair-codec.ts'
import type { MemberStatus, PeerStatus } from './request.ts'
import { readSettings, writeSettings } from './settings-codec.ts'
import { cutToBytes } from './utf8.ts'
import type { Writer } from './writer.ts'

/** Their places are part of the format. */
const ROLES: readonly Role[] = ['follower', 'pre-candidate', 'candidate', 'leader']
/** Likewise. */
const STATES: readonly PeerStatus['state'][] = ['probe', 'stream', 'snapshot']
/** The least a peer takes. */
const PEER_BYTES = 14
/** A member may stand in two lists of a configuration, and here once: this is more than enough. */
const MAX_PEERS = 3 * MAX_MEMBERS

export function writeStatus(w: Writer, status: MemberStatus): void {
  const role = ROLES.indexOf(status.role)
  if (role < 0) cannotEncode(`"${status.role}" is no role`)
  if (status.unresponsive.length > MAX_PEERS) cannotEncode(`more than ${MAX_PEERS} unresponsive members`)
  if (status.peers.length > MAX_PEERS) cannotEncode(`more than ${MAX_PEERS} peers`)
  w.id(status.group, MAX_NAME_BYTES)
  w.id(status.incarnation, MAX_ID_BYTES)
  w.id(status.member, MAX_ID_BYTES)
  w.id(status.host, MAX_ID_BYTES)
  w.u8(role)
  w.uint(status.term)
  w.optionalId(status.leader, MAX_ID_BYTES)
  w.optionalId(status.leaderAddress, MAX_NAME_BYTES)
  w.uint(status.lastIndex)
  w.uint(status.commitIndex)
  w.uint(status.appliedIndex)
  w.uint(status.snapshotIndex)
  w.bool(status.configuration !== null)
  if (status.configuration !== null) writeConfigurationEntry(w, status.configuration)
  // No configuration stands at index 0, so 0 is free to say that none removed the member.
  if (status.removedAt === 0) cannotEncode('no configuration stands at index 0')
  w.uint(status.removedAt ?? 0)
  // Like an error's message, a reason is for people: it is made to fit.
  w.optionalId(status.stopped === null ? null : cutToBytes(status.stopped, MAX_TEXT_BYTES), MAX_TEXT_BYTES)
  w.uint(status.unresponsive.length)
  for (const member of status.unresponsive) w.id(member, MAX_ID_BYTES)
  w.uint(status.sessions)
  writeSettings(w, status.settings)
  w.uint(status.peers.length)
  for (const peer of status.peers) writePeer(w, peer)
  w.uint(status.uncommittedBytes)
  w.uint(status.log.bytes)
  w.float(status.log.oldestMs)
  w.bool(status.snapshot !== null)
  if (status.snapshot !== null) {
    w.uint(status.snapshot.index)
    w.uint(status.snapshot.bytes)
    w.float(status.snapshot.ageMs)
  }
  w.uint(status.elections.campaigns)
  w.uint(status.elections.won)
  w.uint(status.elections.leaders)
  writeLatency(w, status.loop)
  writeLatency(w, status.disk)
  w.float(status.disk.waitingMs)
  w.uint(status.disk.stalls)
  w.bool(status.transfer !== null)
  if (status.transfer !== null) {
    w.id(status.transfer.to, MAX_ID_BYTES)
    w.float(status.transfer.forMs)
  }
  writeDamage(w, status.damage)
}

function writeLatency(w: Writer, { lastMs, p50Ms, p99Ms, maxMs }: MemberStatus['loop']): void {
  w.float(lastMs)
  w.float(p50Ms)
  w.float(p99Ms)
  w.float(maxMs)
}

function readLatency(r: Reader): MemberStatus['loop'] {
  return { lastMs: r.float(), p50Ms: r.float(), p99Ms: r.float(), maxMs: r.float() }
}

function writePeer(w: Writer, peer: PeerStatus): void {
  const state = STATES.indexOf(peer.state)
  if (state < 0) cannotEncode(`"${peer.state}" is no state of a peer`)
  w.id(peer.member, MAX_ID_BYTES)
  w.u8(state)
  w.uint(peer.match)
  w.uint(peer.next)
  w.uint(peer.inFlightBytes)
  w.float(peer.silentMs)
}

function readPeer(r: Reader): PeerStatus {
  const member = r.id(MAX_ID_BYTES)
  const place = r.u8()
  const state = STATES[place]
  if (state === undefined) r.fail(`${place} is no state of a peer`)
  return { member, state, match: r.uint(), next: r.uint(), inFlightBytes: r.uint(), silentMs: r.float() }
}

function readPeers(r: Reader): PeerStatus[] {
  const peers: PeerStatus[] = []
  const count = r.count(MAX_PEERS, PEER_BYTES, 'peers')
  for (let i = 0; i < count; i++) peers.push(readPeer(r))
  return peers
}

export function readStatus(r: Reader): MemberStatus {
  const group = r.id(MAX_NAME_BYTES)
  const incarnation = r.id(MAX_ID_BYTES)
  const member = r.id(MAX_ID_BYTES)
  const host = r.id(MAX_ID_BYTES)
  const place = r.u8()
  const role = ROLES[place]
  if (role === undefined) r.fail(`${place} is no role`)
  const term = r.uint()
  const leader = r.optionalId(MAX_ID_BYTES)
  const leaderAddress = r.optionalId(MAX_NAME_BYTES)
  const lastIndex = r.uint()
  const commitIndex = r.uint()
  const appliedIndex = r.uint()
  const snapshotIndex = r.uint()
  const configuration = r.bool() ? readConfigurationEntry(r) : null
  const removedAt = r.uint()
  const stopped = r.optionalId(MAX_TEXT_BYTES)
  const unresponsive: string[] = []
  const count = r.count(MAX_PEERS, 2, 'members')
  for (let i = 0; i < count; i++) unresponsive.push(r.id(MAX_ID_BYTES))
  const sessions = r.uint()
  const settings = readSettings(r)
  return {
    group,
    incarnation,
    member,
    host,
    role,
    term,
    leader,
    leaderAddress,
    lastIndex,
    commitIndex,
    appliedIndex,
    snapshotIndex,
    configuration,
    removedAt: removedAt === 0 ? null : removedAt,
    stopped,
    unresponsive,
    sessions,
    settings,
    peers: readPeers(r),
    uncommittedBytes: r.uint(),
    log: { bytes: r.uint(), oldestMs: r.float() },
    snapshot: r.bool() ? { index: r.uint(), bytes: r.uint(), ageMs: r.float() } : null,
    elections: { campaigns: r.uint(), won: r.uint(), leaders: r.uint() },
    loop: readLatency(r),
    disk: { ...readLatency(r), waitingMs: r.float(), stalls: r.uint() },
    transfer: r.bool() ? { to: r.id(MAX_ID_BYTES), forMs: r.float() } : null,
    damage: readDamage(r),
  }
}
