import { simulateSeeds } from './simulation-runs.ts'

simulateSeeds(241, 80)
