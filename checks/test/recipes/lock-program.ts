/** A host with claims, for users elsewhere. */
import { claims } from '@rafted/recipes'
import { recipeProgram } from './processes.ts'

recipeProgram('locks', claims, () => ({}))
