/** More seeds than each change waits for. */
import { simulateSeeds } from './simulation-runs.ts'

simulateSeeds(301, 1000)
