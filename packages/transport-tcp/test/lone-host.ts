/** A host in a process of its own, for the tests that stop and kill it. Prints its address; answers what it is sent. */
import { realClock, realRandom } from '@rafted/contracts/node'
import { tcpTransport } from '../src/index.ts'

const [name, listen, secret] = process.argv.slice(2)
const transport = tcpTransport({
  name: name!,
  role: 'peer',
  cluster: 'shop',
  listen: listen!,
  secret,
  clock: realClock,
  random: realRandom,
})
await transport.listen({
  onBatch: ({ reply }, batch) => void transport.send(reply, batch, 'urgent'),
  onPeer: () => {},
})
process.stdout.write(`${transport.address}\n`)
