import { simulateSeeds } from './simulation-runs.ts'

simulateSeeds(121, 60)
