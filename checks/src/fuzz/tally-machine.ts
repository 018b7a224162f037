/** The value of the groups under fuzz: what honest callers have added up, each under a name of its own. Nobody else's name is taken, so that nothing grows. */
import { defineValue } from '@rafted/contracts'

export const CALLERS = ['caller-0', 'caller-1', 'caller-2', 'caller-3'] as const

export const tally = defineValue({
  init: () => ({}) as Readonly<Record<string, number>>,
  commands: {
    add: (sums, caller: string, by: number) => {
      if (!CALLERS.some((name) => name === caller) || !Number.isSafeInteger(by)) return [null, sums]
      const sum = (sums[caller] ?? 0) + by
      return [sum, { ...sums, [caller]: sum }]
    },
  },
  queries: { of: (sums, caller: string) => (Object.hasOwn(sums, caller) ? sums[caller]! : 0) },
})
