/** The clients of a run, in a process of their own. */
import { answerQuestions } from '@rafted/testing'
import { Load, type LoadSetup } from './load.ts'
import { setupOf } from './programs.ts'

export type LoadQuestion =
  | { readonly kind: 'progress' }
  /** Sends a signal, and says what it met. */
  | { readonly kind: 'strike'; readonly pids: readonly number[]; readonly signal: 'SIGKILL' | 'SIGSTOP' }
  /** Whether a majority of the hosts runs, from now on. */
  | { readonly kind: 'healthy'; readonly healthy: boolean }
  /** Ends all calls. Answers which register was used last. */
  | { readonly kind: 'wind-down' }
  /** The verdict of this process, given what stands in that register. */
  | { readonly kind: 'report'; readonly last: number }

const load = new Load(setupOf<LoadSetup>())

answerQuestions((asked) => {
  const question = asked as LoadQuestion
  switch (question.kind) {
    case 'progress':
      return load.progress()
    case 'strike': {
      const met = load.moment()
      for (const pid of question.pids) process.kill(pid, question.signal)
      return met
    }
    case 'healthy':
      return load.setHealthy(question.healthy)
    case 'wind-down':
      return load.windDown()
    case 'report':
      return load.report(question.last)
  }
})

await load.start()
