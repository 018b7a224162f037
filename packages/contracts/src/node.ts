export { promisesSettled } from './node/promises-settled.ts'
export { realClock } from './node/real-clock.ts'
export { realRandom } from './node/real-random.ts'
