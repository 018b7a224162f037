import { simulateSeeds } from './simulation-runs.ts'

simulateSeeds(181, 60)
