/** What is asked of a host. */
import { cannotEncode } from './bad-bytes.ts'
import { readMember, writeMember } from './configuration-codec.ts'
import { MAX_ID_BYTES, MAX_KEY_BYTES, MAX_NAME_BYTES, MAX_TRACE_BYTES } from './limits.ts'
import { readPlaces, writePlaces } from './places-codec.ts'
import type { Reader } from './reader.ts'
import type { DirectRequest, QueryRequest, Request } from './request.ts'
import { readSettingsChange, writeSettingsChange } from './settings-codec.ts'
import { readWanted, readWatch, writeWanted, writeWatch } from './watch-codec.ts'
import { readWithdrawn, writeWithdrawn } from './withdrawal-codec.ts'
import type { Writer } from './writer.ts'

/** Part of the format: added to, never renumbered. */
const KIND = {
  locate: 1,
  'open-session': 2,
  'keep-session': 3,
  'close-session': 4,
  command: 5,
  query: 6,
  'create-group': 7,
  join: 8,
  status: 10,
  'transfer-leadership': 11,
  'cancel-transfer': 12,
  'change-members': 20,
  'update-member': 21,
  'change-settings': 22,
  watch: 30,
  resolve: 31,
  relay: 32,
  backup: 33,
} as const satisfies Record<Request['kind'], number>
/** A command with the trace it belongs to. One without has no byte for that. */
const TRACED_COMMAND = 34

function kindOf(request: Request): number {
  return request.kind === 'command' && request.trace !== null ? TRACED_COMMAND : KIND[request.kind]
}

/** Their places are part of the format. */
const READS: readonly QueryRequest['read'][] = ['linearizable', 'stale', 'lease', 'bounded']

function writeRead(w: Writer, { read, maxStalenessMs, here }: QueryRequest): void {
  const place = READS.indexOf(read)
  if (place < 0) cannotEncode(`"${read}" is none of ${READS.join(', ')}`)
  if (maxStalenessMs > 0 !== (read === 'bounded'))
    cannotEncode('a bound belongs to a bounded read, and to no other')
  w.u8(place)
  w.float(maxStalenessMs)
  w.bool(here)
}

function readRead(r: Reader): Pick<QueryRequest, 'read' | 'maxStalenessMs' | 'here'> {
  const read = READS[r.u8()] ?? r.fail('no kind of read')
  const maxStalenessMs = r.float()
  if (maxStalenessMs > 0 !== (read === 'bounded'))
    r.fail('a bound belongs to a bounded read, and to no other')
  return { read, maxStalenessMs, here: r.bool() }
}

export function writeRequest(w: Writer, request: Request): void {
  w.u8(kindOf(request))
  w.uint(request.id)
  w.id(request.group, MAX_NAME_BYTES)
  w.optionalId(request.incarnation, MAX_ID_BYTES)
  writeBody(w, request)
}

function writeBody(w: Writer, request: Request): void {
  switch (request.kind) {
    case 'locate':
    case 'open-session':
    case 'status':
    case 'cancel-transfer':
      break
    case 'keep-session':
    case 'close-session':
      w.uint(request.session)
      w.uint(request.acknowledged)
      break
    case 'command':
      if (request.trace !== null) w.id(request.trace, MAX_TRACE_BYTES)
      w.uint(request.session)
      w.uint(request.sequence)
      w.uint(request.acknowledged)
      w.optionalId(request.key, MAX_KEY_BYTES)
      w.block(request.payload)
      break
    case 'query':
      writeRead(w, request)
      w.block(request.payload)
      break
    case 'resolve':
      writeWithdrawn(w, request)
      break
    case 'create-group':
      w.bool(request.unreachableChecked)
      break
    case 'join':
      writeMember(w, request.member)
      w.bool(request.promote)
      w.bool(request.formerDataLost)
      break
    case 'change-members':
      writePlaces(w, request.places)
      w.bool(request.others === 'remove')
      // No configuration stands at index 0, so 0 is free to say that any will do.
      if (request.ifConfigurationAt === 0) cannotEncode('no configuration stands at index 0')
      w.uint(request.ifConfigurationAt ?? 0)
      w.bool(request.evenIfQuorumAtRisk)
      break
    case 'update-member':
      writeMember(w, request.member)
      break
    case 'change-settings':
      writeSettingsChange(w, request)
      break
    case 'watch':
      writeWatch(w, request)
      break
    case 'backup':
      w.bool(request.history)
      writeWanted(w, request.piece)
      break
    case 'transfer-leadership':
      w.optionalId(request.to, MAX_ID_BYTES)
      // No term is 0, so 0 is free to say that any will do.
      if (request.ifTerm === 0) cannotEncode('nobody leads in term 0')
      w.uint(request.ifTerm ?? 0)
      break
    case 'relay':
      w.id(request.to, MAX_NAME_BYTES)
      w.float(request.timeoutMs)
      w.u8(kindOf(request.request))
      writeBody(w, request.request)
      break
  }
}

export function readRequest(r: Reader): Request {
  const kind = r.u8()
  const id = r.uint()
  const group = r.id(MAX_NAME_BYTES)
  const incarnation = r.optionalId(MAX_ID_BYTES)
  if (kind !== KIND.relay) return readBody(r, kind, id, group, incarnation)
  const to = r.id(MAX_NAME_BYTES)
  const timeoutMs = r.float()
  const request = readBody(r, r.u8(), id, group, incarnation)
  if (request.kind === 'join' || request.kind === 'update-member')
    return r.fail(`a request of kind ${request.kind} is not passed on`)
  return { kind: 'relay', id, group, incarnation, to, timeoutMs, request }
}

/** All that follows the head, of whatever carries no other request. */
function readBody(
  r: Reader,
  kind: number,
  id: number,
  group: string,
  incarnation: string | null,
): DirectRequest {
  const head = { id, group, incarnation }
  switch (kind) {
    case KIND.locate:
      return { kind: 'locate', id, group, incarnation }
    case KIND['open-session']:
      return { kind: 'open-session', id, group, incarnation }
    case KIND['keep-session']:
      return { kind: 'keep-session', id, group, incarnation, session: r.uint(), acknowledged: r.uint() }
    case KIND['close-session']:
      return { kind: 'close-session', id, group, incarnation, session: r.uint(), acknowledged: r.uint() }
    case KIND.command:
    case TRACED_COMMAND:
      return {
        kind: 'command',
        id,
        group,
        incarnation,
        trace: kind === TRACED_COMMAND ? r.id(MAX_TRACE_BYTES) : null,
        session: r.uint(),
        sequence: r.uint(),
        acknowledged: r.uint(),
        key: r.optionalId(MAX_KEY_BYTES),
        payload: r.block(),
      }
    case KIND.resolve:
      return { kind: 'resolve', id, group, incarnation, ...readWithdrawn(r) }
    case KIND.query:
      return { kind: 'query', id, group, incarnation, ...readRead(r), payload: r.block() }
    case KIND['create-group']:
      return { kind: 'create-group', id, group, incarnation, unreachableChecked: r.bool() }
    case KIND.join:
      return { kind: 'join', ...head, member: readMember(r), promote: r.bool(), formerDataLost: r.bool() }
    case KIND['change-members']: {
      const places = readPlaces(r)
      const others = r.bool() ? 'remove' : 'keep'
      const at = r.uint()
      const [ifConfigurationAt, evenIfQuorumAtRisk] = [at === 0 ? null : at, r.bool()]
      const change = { places, others, ifConfigurationAt, evenIfQuorumAtRisk } as const
      return { kind: 'change-members', id, group, incarnation, ...change }
    }
    case KIND['update-member']:
      return { kind: 'update-member', id, group, incarnation, member: readMember(r) }
    case KIND['change-settings']:
      return { kind: 'change-settings', id, group, incarnation, ...readSettingsChange(r) }
    case KIND.status:
      return { kind: 'status', id, group, incarnation }
    case KIND.watch:
      return { kind: 'watch', id, group, incarnation, ...readWatch(r) }
    case KIND.backup:
      return { kind: 'backup', id, group, incarnation, history: r.bool(), piece: readWanted(r) }
    case KIND['transfer-leadership']: {
      const to = r.optionalId(MAX_ID_BYTES)
      const ifTerm = r.uint()
      return { kind: 'transfer-leadership', id, group, incarnation, to, ifTerm: ifTerm === 0 ? null : ifTerm }
    }
    case KIND['cancel-transfer']:
      return { kind: 'cancel-transfer', id, group, incarnation }
    default:
      return r.fail(`${kind} is no kind of request`)
  }
}
