import { simulateSeeds } from './simulation-runs.ts'

simulateSeeds(61, 60)
