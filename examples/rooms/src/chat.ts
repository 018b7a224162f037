/** The chat in a terminal: `--room kitchen --name ann`. A line is a message, the end of the input (Ctrl-D) or Ctrl-C leaves. */
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { Chat } from './chat-client.ts'
import type { Visit } from './visit.ts'

interface Choices {
  readonly room: string
  readonly name: string
  readonly from: number | undefined
}

/** Exits if the arguments make no sense. */
function choices(): Choices {
  try {
    const text = { type: 'string' } as const
    const { room, name, from } = parseArgs({ options: { room: text, name: text, from: text } }).values
    if (room && name && (from === undefined || /^[1-9]\d*$/.test(from)))
      return { room, name, from: from === undefined ? from : Number(from) }
  } catch (error) {
    console.error(messageOf(error))
  }
  console.error('Usage: node dist/chat.js --room ROOM --name NAME [--from INDEX]')
  process.exit(2)
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Ends the program: nothing is to be had of the room. */
function giveUp(error: unknown): never {
  console.error(`-- ${messageOf(error)}`)
  process.exit(1)
}

const clock = (ms: number): string =>
  new Date(ms).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })

/** Index of the last message that was shown; 0 before the first. */
let shown = 0

async function showMessages(visit: Visit, from: number | undefined): Promise<void> {
  for await (const heard of visit.heard(from)) {
    if ('forgotten' in heard) {
      console.log('-- older messages are forgotten')
      continue
    }
    shown = heard.index
    console.log(`${clock(heard.sentAt)} ${heard.who}: ${heard.text}`)
  }
}

async function showGuests(visit: Visit): Promise<void> {
  for await (const names of visit.present()) console.log(`-- here: ${names.join(', ')}`)
}

/** Resolves when the input has ended, or the program was told to end, and all that was typed is said. */
async function sayLines(visit: Visit): Promise<void> {
  const input = createInterface({ input: process.stdin, terminal: false })
  const saying = new Set<Promise<unknown>>()
  input.on('line', (line) => {
    if (line.trim() === '') return
    const said: Promise<unknown> = visit
      .say(line)
      .catch((error: unknown) => console.error(`-- not said: ${line}: ${messageOf(error)}`))
      .finally(() => saying.delete(said))
    saying.add(said)
  })
  await new Promise<void>((resolve) => {
    input.once('close', resolve)
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
  input.close()
  await Promise.all(saying)
}

const { room, name, from } = choices()
const chat = await Chat.open()
const visit = await chat.enter(room, name).catch(giveUp)
for (const showing of [showMessages(visit, from), showGuests(visit)]) showing.catch(giveUp)
await sayLines(visit)
await visit.leave().catch((error: unknown) => console.error(`-- ${messageOf(error)}`))
await chat.close()
console.log(`-- left; to go on from here: --from ${shown + 1}`)
process.exit(0)
