import { simulateSeeds } from './simulation-runs.ts'

simulateSeeds(151, 75)
