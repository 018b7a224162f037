/** A process with a host, a lock, and something to write where only the holder of the lock may. */
import { claims, type Held, lock } from '@rafted/recipes'
import { answerQuestions } from '@rafted/testing'
import { type Host, openHost } from 'rafted'

export interface LockHolderSetup {
  readonly id: string
  readonly listen: string
  readonly dir: string
  readonly join: readonly string[]
  readonly leaseMs: number
  /** Of the resource. */
  readonly url: string
}

export type LockQuestion = 'ready' | 'create' | 'led' | 'acquire' | 'write' | 'lost' | 'close'

/** What became of a write. */
export interface Written {
  readonly status: number
  /** Whether the process knew by then that it holds nothing any more. */
  readonly knew: boolean
}

/** What a host says of its group. */
export interface Led {
  readonly leads: boolean
  readonly voters: number
}

const setup = JSON.parse(process.argv[2]!) as LockHolderSetup
const { id, listen, dir, join, leaseMs, url } = setup
const settings = { heartbeatMs: 50, electionMs: 300 }

const started = openHost({ id, cluster: 'lock', listen, dir }).then(async (host) => {
  await host.group('locks', { machine: claims, join })
  return host
})
started.catch(() => {})
let held: Held | null = null
let lost: Promise<string> = Promise.resolve('it never held')

answerQuestions(async (question) => {
  const host = await started
  switch (question as LockQuestion) {
    case 'ready':
      return
    case 'create':
      return host.createGroup('locks', { machine: claims, settings })
    case 'led':
      return ledBy(host)
    case 'acquire': {
      held = await lock(host.value('locks', claims), 'resource', { leaseMs }).acquire({ label: id })
      const { signal } = held
      lost = new Promise((resolve) =>
        signal.addEventListener('abort', () => resolve((signal.reason as { code: string }).code)),
      )
      return held.token
    }
    case 'write': {
      // As one does who has looked whether he holds it, and is stopped between that and the write.
      const { token } = held!
      const { status } = await fetch(`${url}?token=${token}`, { method: 'POST', body: id })
      return { status, knew: held!.signal.aborted } satisfies Written
    }
    case 'lost':
      return lost
    case 'close':
      return host.close()
  }
})

function ledBy(host: Host): Led {
  const status = host.status('locks')
  const voters = status?.configuration?.configuration.voters.length ?? 0
  return { leads: status?.role === 'leader', voters }
}
