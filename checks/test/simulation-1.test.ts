import { simulateSeeds } from './simulation-runs.ts'

simulateSeeds(1, 60)
