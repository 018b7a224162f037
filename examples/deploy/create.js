/** Creates the group, once in its life: run by a person, or by a job that is applied once. Ends with 0 if the group is there. */
import { createClient } from 'rafted'
import { env, hosts, secret } from './settings.js'

const addresses = typeof hosts === 'function' ? hosts() : hosts
const client = await createClient({ cluster: env.CLUSTER, addresses, secret })
try {
  // It asks all of them whether they know the name, and creates nothing unless each has answered that it doesn't.
  await client.createGroup('queue', { at: env.AT })
  console.log('created')
} catch (error) {
  if (error.code !== 'already-exists') throw error
  console.log('it is there already')
} finally {
  await client.close()
}
