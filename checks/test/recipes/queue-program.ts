/** A host that works on the jobs of a queue as the test says. */
import { queue, queues, type Receipt } from '@rafted/recipes'
import { isRaftedError } from 'rafted'
import { recipeProgram } from './processes.ts'

recipeProgram('jobs', queues, (host) => {
  const jobs = queue<number>(host.value('jobs', queues), 'jobs')
  const handled: number[] = []
  let holding = 0
  return {
    push: (bodies: number[]) => jobs.pushMany(bodies),
    take: (visibilityMs: number) => jobs.take({ visibilityMs }),
    counts: () => jobs.counts(),
    /** @returns the reason for which it was refused, or null. */
    ack: (receipt: Receipt) =>
      jobs.ack(receipt).then(
        () => null,
        (error: unknown) => (isRaftedError(error, 'command-error') ? error.details.reason : String(error)),
      ),
    work(isHanging: boolean, visibilityMs: number) {
      jobs.consume(
        ({ body }) => {
          if (!isHanging) return void handled.push(body)
          holding += 1
          return new Promise(() => {})
        },
        { concurrency: 4, visibilityMs },
      )
    },
    handled: () => handled,
    holding: () => holding,
  }
})
