import { simulateSeeds } from './simulation-runs.ts'

simulateSeeds(101, 50)
