import { simulateSeeds } from './simulation-runs.ts'

simulateSeeds(161, 80)
