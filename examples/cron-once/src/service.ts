/**
 * A service that has something to do each second, in a process of its own: the same program, with the same schedule, on every machine. ID says who it is,
 * LISTEN where others reach it, DIR where its files are, JOIN which hosts there are; REPORTS is where its work goes.
 */
import { scheduler, schedules } from '@rafted/recipes'
import { answerQuestions } from '@rafted/testing'
import { type Host, openHost } from 'rafted'
import { write } from './reports.ts'

const {
  ID: id = '',
  LISTEN: listen = '',
  DIR: dir = '',
  JOIN: join = '',
  REPORTS: reports = '',
} = process.env

async function open(): Promise<Host> {
  const host = await openHost({ id, cluster: 'example', listen, dir })
  await host.group('schedules', { machine: schedules, join: join.split(',') })

  scheduler(host.value('schedules', schedules), { by: id }).every(
    'report',
    '* * * * * *',
    ({ occurrence, attempt }) => write(reports, { occurrence, by: id, attempt }),
    { leaseMs: 2000 },
  )
  return host
}

const opened = open().catch((error: unknown) => {
  console.error(`${id}: ${error instanceof Error ? error.message : error}`)
  process.exit(1)
})

// All that the story asks is how the member stands here.
answerQuestions(async () => (await opened).status('schedules'))
