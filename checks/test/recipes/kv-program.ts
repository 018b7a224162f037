/** A host with a key-value store, for users elsewhere. Its log is short. */
import { kvStore } from '@rafted/recipes'
import { recipeProgram } from './processes.ts'

recipeProgram('store', kvStore, (host) => ({ status: () => host.status('store') }), {
  snapshotMinBytes: 64 * 1024,
})
