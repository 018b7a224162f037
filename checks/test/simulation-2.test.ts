import { simulateSeeds } from './simulation-runs.ts'

simulateSeeds(81, 80)
