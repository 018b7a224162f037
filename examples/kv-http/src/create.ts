/** Creates the group, once in its life: `HOSTS=… node dist/create.js`. Ends with 0 if the group is there. */
import { createClient, isRaftedError } from 'rafted'
import { GROUP } from './api.ts'

const addresses = (process.env.HOSTS ?? '').split(',')
const client = await createClient({ cluster: 'kv-http', addresses, secret: process.env.SECRET })
try {
  // It asks all of them whether they know the name, and creates nothing unless each has answered that it doesn't.
  await client.createGroup(GROUP, { at: addresses[0]! })
  console.log('created')
} catch (error) {
  if (!isRaftedError(error, 'already-exists')) throw error
  console.log('it is there already')
} finally {
  await client.close()
}
