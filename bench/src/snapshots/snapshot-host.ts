/** One host whose snapshots are measured, in a process of its own. */
import { answerQuestions } from '@rafted/testing'
import { type MemberStatus, openHost } from 'rafted'
import { type LoopFigures, LoopWatch } from './loop-watch.ts'
import { type Form, itemsIn } from './values.ts'

/** `figures` are of the time since they were last asked for; to `look` changes nothing. */
export type Question = 'create' | 'join' | 'look' | 'figures'

export interface Look {
  readonly status: MemberStatus | null
  /** Times that this member was about to campaign, or did. */
  readonly campaigns: number
  readonly taken: number
  readonly sent: number
  readonly installed: number
  readonly failed: number
}

export interface HostFigures extends LoopFigures, Look {}

const [id, listen, advertise, dir, form, ...join] = process.argv.slice(2)
const machine = itemsIn(form as Form)
// A snapshot is due for each MiB of log until there is a large one; then not for long.
const settings = { snapshotMinBytes: 2 ** 20, snapshotFactor: 10 }

const watch = new LoopWatch()
const host = await openHost({ id: id!, cluster: 'bench', listen: listen!, advertise: advertise!, dir: dir! })
const counts = { campaigns: 0, taken: 0, sent: 0, installed: 0, failed: 0 }
host.on('role', ({ role }) => {
  if (role === 'pre-candidate' || role === 'candidate') counts.campaigns++
})
host.on('snapshot', ({ what }) => {
  if (what !== 'set-aside') counts[what]++
})

answerQuestions(async (question) => {
  switch (question as Question) {
    case 'create':
      await host.createGroup('items', { machine, settings })
      return null
    case 'join':
      await host.group('items', { machine, settings, join })
      return null
    case 'look':
      return look()
    case 'figures':
      return { ...watch.take(), ...look() } satisfies HostFigures
  }
})

function look(): Look {
  return { ...counts, status: host.status('items') }
}
