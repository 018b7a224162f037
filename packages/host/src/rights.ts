/**
 * What clients may do with which group. Asked of each request of a client before anything else comes of it, at the host where it arrives, be it to be passed
 * on to another one: so who asks is always whom the transport has authenticated.
 */
import type { Clock, Observer, Sender } from '@rafted/contracts'
import type { DirectRequest, Request } from '@rafted/wire'

/**
 * - `locate`: learn where the group is. Who may do anything else has to be let do this.
 * - `query`: ask the machine's queries, and be told when there is something new. `watch`: be given every command and the whole value. `command`: change it by commands, with all that sessions need.
 * - `backup`: be given the whole value with all that belongs to it, and, if it is asked for, the log.
 * - `status`: see how a member stands. `create`: create the group on a host that waits for it.
 * - `members`: add, promote, demote, remove. `leadership`: hand it over. `settings`: change them.
 */
export type Right =
  | 'locate'
  | 'query'
  | 'watch'
  | 'command'
  | 'backup'
  | 'status'
  | 'create'
  | 'members'
  | 'leadership'
  | 'settings'

/** Whom the transport has authenticated: by its certificate, its rights at a broker, or, where all share a secret, by its own word. */
export interface AskingClient {
  readonly name: string
}

/** @returns `true` to let it; anything else, and whatever is thrown, refuses. */
export type Authorise = (client: AskingClient, group: string, right: Right) => boolean

const RIGHTS: Readonly<Record<DirectRequest['kind'], Right>> = {
  locate: 'locate',
  query: 'query',
  watch: 'watch',
  command: 'command',
  'open-session': 'command',
  'keep-session': 'command',
  'close-session': 'command',
  resolve: 'command',
  backup: 'backup',
  status: 'status',
  'create-group': 'create',
  join: 'members',
  'change-members': 'members',
  'update-member': 'members',
  'transfer-leadership': 'leadership',
  'cancel-transfer': 'leadership',
  'change-settings': 'settings',
}

/** Events of one second; those beyond are only counted. */
const MOST_EVENTS = 20
const WINDOW_MS = 1000

export interface RightsOptions {
  readonly authorise: Authorise
  readonly clock: Pick<Clock, 'now'>
  readonly observer: Required<Pick<Observer, 'event' | 'count'>>
}

export class Rights {
  readonly #o: RightsOptions
  #windowEnds = Number.NEGATIVE_INFINITY
  #events = 0

  constructor(options: RightsOptions) {
    this.#o = options
  }

  /** @returns why not, or null if it may. Who asks for something to be passed on needs the right to that. */
  problem(asked: Request, client: Sender): string | null {
    const request = asked.kind === 'relay' ? asked.request : asked
    const { group } = request
    const right = rightFor(request)
    let error: unknown
    try {
      if (this.#o.authorise(client, group, right) === true) return null
    } catch (thrown) {
      error = thrown
    }
    this.#tell(client.name, group, right, error)
    return `Client "${client.name}" may not do this with group "${group}": it needs the right "${right}". Ask whoever runs the hosts.`
  }

  #tell(client: string, group: string, right: Right, error: unknown): void {
    const { observer, clock } = this.#o
    // By no group: names that clients make up must make no series of their own.
    observer.count('host_not_allowed', 1, null)
    const now = clock.now()
    if (now >= this.#windowEnds) {
      this.#windowEnds = now + WINDOW_MS
      this.#events = 0
    }
    this.#events += 1
    if (this.#events > MOST_EVENTS) return
    const what = { kind: 'not-allowed', level: 'warn', client, group, right } as const
    observer.event(error === undefined ? what : { ...what, error })
  }
}

function rightFor(request: DirectRequest): Right {
  // Who watches the answers of a query asks only how far there are changes: nothing of the value is in that.
  if (request.kind === 'watch' && request.maxBytes === 0 && request.piece === null) return 'query'
  return RIGHTS[request.kind]
}
