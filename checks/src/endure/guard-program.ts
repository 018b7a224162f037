/**
 * Kills what is left when the process that started all of them has ended, however it did. A host that is stopped would never notice
 * by itself.
 */
import { answerQuestions } from '@rafted/testing'

export type GuardQuestion =
  | { readonly kind: 'watch'; readonly pid: number }
  | { readonly kind: 'ended'; readonly pid: number }

const watched = new Set<number>()

// A Ctrl-C reaches every process of the terminal. This one ends with its parent.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
process.on('exit', () => {
  for (const pid of watched) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  }
})

answerQuestions((question) => {
  const { kind, pid } = question as GuardQuestion
  if (kind === 'watch') watched.add(pid)
  else watched.delete(pid)
})
