/** One host of a run, in a process of its own. */
import { isRaftedError, type RaftedEvent } from '@rafted/contracts'
import { answerQuestions } from '@rafted/testing'
import { type Host, type MemberStatus, openHost } from 'rafted'
import { openForgetfulHost } from './forgetful-host.ts'
import { GROUP, ledger } from './ledger.ts'
import { setupOf } from './programs.ts'

export interface HostSetup {
  readonly id: string
  readonly cluster: string
  readonly listen: string
  readonly dir: string
  readonly join: readonly string[]
  readonly secret?: string | undefined
  /** Whether it says of writes that they are durable while they are only in its memory: a run has to find that out. */
  readonly forgetful: boolean
}

export type HostQuestion = 'ready' | 'create' | 'status' | 'value'

export interface HostStatus {
  readonly status: MemberStatus | null
  /** What it has reported as an error since it was asked last. */
  readonly errors: readonly string[]
}

/** Errors between two questions that are told. */
const MAX_ERRORS = 16
/** Of about two seconds each. */
const CREATE_TRIES = 30
/** Small, so that snapshots are taken often and a host that was away reads from its files, or gets a snapshot. */
const settings = { snapshotMinBytes: 256 * 1024, tailBytes: 512 * 1024 }

const setup = setupOf<HostSetup>()
let errors: string[] = []
const observer = {
  event(event: RaftedEvent): void {
    if (event.level === 'error' && errors.length < MAX_ERRORS) errors.push(textOf(event))
  },
}

const started = start()
// Told to whoever asks whether it is ready.
started.catch(() => {})

answerQuestions(async (question) => {
  const host = await started
  switch (question as HostQuestion) {
    case 'ready':
      return
    case 'create':
      return create(host)
    case 'status': {
      const told = errors
      errors = []
      return { status: host.status(GROUP), errors: told } satisfies HostStatus
    }
    case 'value':
      return host.value(GROUP, ledger).with({ read: 'stale' }).text()
  }
})

async function start(): Promise<Host> {
  const { join, forgetful, ...options } = setup
  const host = await (forgetful ? openForgetfulHost : openHost)({ ...options, observer })
  await host.group(GROUP, { machine: ledger, join, settings })
  return host
}

/** The others are started at the same time, and a busy machine takes longer for that than a creation waits. */
async function create(host: Host): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await host.createGroup(GROUP, { machine: ledger })
    } catch (error) {
      if (tries === CREATE_TRIES || !isRaftedError(error) || error.code !== 'peers-unreachable') throw error
    }
  }
}

function textOf({ kind, ...fields }: RaftedEvent): string {
  const parts = Object.entries(fields).map(([name, value]) => `${name} ${String(value)}`)
  return `${kind}: ${parts.join(', ')}`
}
