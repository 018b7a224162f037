export { type Counter, counter, counters } from './counter.ts'
export type { RecipeSeams } from './seams.ts'
