/** A host with a key-value store, in a process of its own. */
import { isRaftedError } from '@rafted/contracts'
import { kvStore } from '@rafted/recipes'
import { answerQuestions } from '@rafted/testing'
import { type Host, type MemberStatus, openHost } from 'rafted'
import { setupOf } from '../endure/programs.ts'

const STORE = 'store'

export interface KvHostSetup {
  readonly id: string
  readonly listen: string
  readonly dir: string
  readonly join: readonly string[]
}

export type KvHostQuestion = 'ready' | 'create' | 'status'
export type KvHostStatus = Pick<MemberStatus, 'role' | 'appliedIndex' | 'lastIndex' | 'snapshotIndex'> | null

/** Of about two seconds each. */
const CREATE_TRIES = 30

const setup = setupOf<KvHostSetup>()
const started = start()
// Told to whoever asks whether it is ready.
started.catch(() => {})

answerQuestions(async (question) => {
  const host = await started
  if (question === 'create') await create(host)
  return question === 'status' ? (host.status(STORE) satisfies KvHostStatus) : null
})

async function start(): Promise<Host> {
  const { join, ...options } = setup
  const host = await openHost({ ...options, cluster: 'kv' })
  const settings = { snapshotMinBytes: 64 * 1024, heartbeatMs: 100, electionMs: 500 }
  await host.group(STORE, { machine: kvStore, join, settings })
  return host
}

/** The others are started at the same time, and a busy machine takes longer for that than a creation waits. */
async function create(host: Host): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await host.createGroup(STORE, { machine: kvStore })
    } catch (error) {
      if (tries === CREATE_TRIES || !isRaftedError(error, 'peers-unreachable')) throw error
    }
  }
}
