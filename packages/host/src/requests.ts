/** Who may ask, and who answers: the host itself, or its member of the group. */
import { type ErrorCode, isRaftedError, type Sender } from '@rafted/contracts'
import {
  type CreateGroupRequest,
  errorResponse,
  type LocateRequest,
  type Request,
  type Response,
} from '@rafted/wire'
import type { BackupTransfers } from './backup/transfers.ts'
import type { Member } from './member.ts'
import { Relays, type RelaysOptions } from './relays.ts'
import type { Rights } from './rights.ts'
import type { Seat } from './seat.ts'
import { TakenCalls } from './taken-calls.ts'
import type { ReplyTo } from './waiters.ts'

export interface RequestsOptions extends RelaysOptions {
  /** Its own, where others dial it. */
  address(): string
  /** Of clients; null where they may do everything. */
  readonly rights: Rights | null
  readonly backups: Pick<BackupTransfers, 'take'>
  seat(group: string): Seat | undefined
}

export class Requests {
  readonly #options: RequestsOptions
  readonly #relays: Relays
  readonly #taken = new TakenCalls()

  constructor(options: RequestsOptions) {
    this.#options = options
    this.#relays = new Relays(options)
  }

  /** From another process: what it may not ask is refused before anything comes of it. A copy of what it has asked is no call. */
  of(request: Request, from: Sender): void {
    if (!this.#taken.take(from.reply, request.id)) return
    const problem = this.#problemWith(request, from)
    if (problem === null) this.on(request, from.reply)
    else this.#refuse(request, from.reply, ...problem)
  }

  #problemWith(request: Request, from: Sender): [ErrorCode, string] | null {
    const { rights } = this.#options
    const missing = rights !== null && from.role === 'client' ? rights.problem(request, from) : null
    if (missing !== null) return ['not-allowed', missing]
    const isOfHost = request.kind === 'join' || request.kind === 'update-member'
    if (!isOfHost || (from.role === 'peer' && request.member.host === from.name)) return null
    const message = `"${from.name}" can't ask for a member on host "${request.member.host}": only that host itself can.`
    return ['invalid-argument', message]
  }

  on(request: Request, replyTo: ReplyTo): void {
    if (request.kind === 'relay') {
      if (request.to !== this.#options.address()) this.#relays.take(request, replyTo)
      // It has come to where it was to go.
      else this.on({ ...request.request, id: request.id }, replyTo)
      return
    }
    const seat = this.#options.seat(request.group)
    if (request.kind === 'locate') {
      this.#options.answer(replyTo, located(request, seat))
      return
    }
    if (request.kind === 'create-group') {
      this.#create(request, replyTo, seat)
      return
    }
    const member = seat?.member ?? null
    if (member === null || member.ended?.code === 'member-removed') {
      const { hostId } = this.#options
      const message = `Host "${hostId}" has no member of group "${request.group}".`
      this.#refuse(request, replyTo, 'no-such-group', message)
    } else if (member.ended !== null && request.kind !== 'status') {
      this.#refuse(request, replyTo, 'member-stopped', member.ended.message)
    } else if (request.incarnation !== null && request.incarnation !== member.incarnation) {
      const message = `Group "${request.group}" is incarnation ${member.incarnation} here, not ${request.incarnation}.`
      this.#refuse(request, replyTo, 'group-mismatch', message)
    } else {
      this.#hand(request, replyTo, member)
    }
  }

  #hand(request: Request, replyTo: ReplyTo, member: Member): void {
    if (request.kind === 'backup') {
      this.#options.backups.take(request, replyTo, member)
      return
    }
    try {
      member.onRequest(request, replyTo)
    } catch (error) {
      if (!isRaftedError(error)) throw error
      this.#refuse(request, replyTo, error.code, error.message)
    }
  }

  #create(request: CreateGroupRequest, replyTo: ReplyTo, seat: Seat | undefined): void {
    const { group, id } = request
    if (seat === undefined) {
      const message = `Host "${this.#options.hostId}" does not wait for group "${group}". Call host.group("${group}", …) there first.`
      this.#refuse(request, replyTo, 'no-such-group', message)
      return
    }
    void seat.create(request.unreachableChecked).then((made) => {
      if ('error' in made) {
        const { code, outcome, message } = made.error
        this.#options.answer(replyTo, errorResponse(code, outcome, message, { id }))
      } else {
        const { incarnation } = made
        this.#options.answer(replyTo, { kind: 'done', id, incarnation, configuration: null })
      }
    })
  }

  #refuse({ id }: Request, replyTo: ReplyTo, code: ErrorCode, message: string): void {
    this.#options.answer(replyTo, errorResponse(code, 'not-applied', message, { id }))
  }
}

function located({ id }: LocateRequest, seat: Seat | undefined): Response {
  const member = seat?.member ?? null
  const head = { kind: 'located', id } as const
  if (member === null || member.ended !== null)
    return {
      ...head,
      // Whoever is about to create the group knows it already: two that create at once must not both succeed.
      knows: seat === undefined ? 'unknown' : seat.isCreating || member !== null ? 'member' : 'waiting',
      incarnation: null,
      term: 0,
      leader: null,
      members: [],
    }
  const { incarnation, term, leaderAddress: leader, addresses: members } = member
  return { ...head, knows: 'member', incarnation, term, leader, members }
}
