/** What a shop has in stock: the value of each group. */
import { CommandError, defineValue } from 'rafted'

const mostArticles = 1000

export const stock = defineValue({
  init: () => ({}) as Readonly<Record<string, number>>,
  commands: {
    /** So many more are there. @returns how many there are then. */
    receive(all, article: string, count: number) {
      if (!Number.isSafeInteger(count) || count < 1)
        throw new CommandError('bad-count', 'One or more come in.')
      if (all[article] === undefined && Object.keys(all).length === mostArticles)
        throw new CommandError('too-many-articles', `A shop has ${mostArticles} articles.`)
      const now = (all[article] ?? 0) + count
      return [now, { ...all, [article]: now }]
    },
    /** So many go. @returns how many are left. */
    sell(all, article: string, count: number) {
      const left = (all[article] ?? 0) - count
      if (!Number.isSafeInteger(count) || count < 1 || left < 0)
        throw new CommandError('sold-out', `There are ${all[article] ?? 0} of these.`)
      return [left, { ...all, [article]: left }]
    },
  },
  queries: {
    of: (all, article: string) => all[article] ?? 0,
  },
})
