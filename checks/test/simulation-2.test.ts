import { simulateSeeds } from './simulation-runs.ts'

simulateSeeds(51, 50)
