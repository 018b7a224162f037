/** Somebody on a network who sends datagrams and tells which have come. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { answerQuestions } from '@rafted/testing'

const PORT = 7000
const received: string[] = []
const socket = createSocket('udp4')
socket.on('message', (bytes) => received.push(bytes.toString()))
const ready = once(socket.bind(PORT), 'listening')

/** Sends, and answers with what has come so far. */
answerQuestions(async (question) => {
  await ready
  const { to, text } = question as { readonly to: string; readonly text: string }
  await new Promise((resolve) => socket.send(text, PORT, to, resolve))
  return received
})
