import { simulateSeeds } from './simulation-runs.ts'

simulateSeeds(76, 75)
