/** What is watched, as its reader wants to see it. */
import type { Watch } from '@rafted/contracts'

export function mapped<A, B>(watch: Watch<A>, shown: (answer: A) => B): Watch<B> {
  return {
    async next() {
      const { done, value } = await watch.next()
      return done ? { done, value: undefined } : { done: false, value: shown(value) }
    },
    async return() {
      await watch.return()
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
