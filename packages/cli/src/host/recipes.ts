/** What a group that `rafted start` runs may be: the machines of the recipes. */
import type { Machine } from '@rafted/contracts'

/** By the names that a configuration has for them. */
export const RECIPES = ['kv', 'locks', 'queues', 'schedules', 'counters', 'rates'] as const
export type Recipe = (typeof RECIPES)[number]

export async function machineOf(recipe: Recipe): Promise<Machine> {
  const { buckets, claims, counters, kvStore, queues, schedules } = await import('@rafted/recipes')
  return { kv: kvStore, locks: claims, queues, schedules, counters, rates: buckets }[recipe] as Machine
}
