import { setTimeout as pause } from 'node:timers/promises'

/** What comes about in a mixed cluster does so within this, milliseconds; beyond it something is wrong. */
const LIMIT_MS = 60_000

/** Resolves once it is so. @param what for people, if it doesn't come about. */
export async function until(what: string, condition: () => Promise<boolean> | boolean): Promise<void> {
  const end = performance.now() + LIMIT_MS
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited in vain until ${what}`)
    await pause(20)
  }
}
