import { setTimeout as pause } from 'node:timers/promises'

/** Asks again and again, 20 ms after each answer. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await pause(20)
}
