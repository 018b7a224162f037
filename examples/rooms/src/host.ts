/** One host of the chat, in a process of its own: the same program on every machine. ID says who it is, DIR where its files are. */
import { answerQuestions } from '@rafted/testing'
import { serve } from './serve.ts'
import { openChatHost } from './transport.ts'

const { ID: id = '', DIR: dir = `data/${id}` } = process.env

function stop(error: unknown): never {
  console.error(`${id}: ${error instanceof Error ? error.message : error}`)
  process.exit(1)
}

const host = await openChatHost(id, dir).catch(stop)
serve(host).catch(stop)
console.log(`host ${id} runs`)

// The story has started it, and wants to know when it runs. Started by hand, nobody asks, and this does nothing.
answerQuestions(() => id)
