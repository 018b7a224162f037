import { simulateSeeds } from './simulation-runs.ts'

simulateSeeds(226, 75)
