/** One process of `zmq-raft-3p`. */
import { answerQuestions } from '@rafted/testing'
import { loadClient } from './client-packages.ts'
import { type ZmqRaftModule, type ZmqRaftOptions, zmqRaftPackage } from './zmq-raft.ts'

const { server } = loadClient(zmqRaftPackage) as ZmqRaftModule
const built = server.builder.build(JSON.parse(process.argv[2]!) as ZmqRaftOptions)

answerQuestions(async () => {
  await built
  return null
})
