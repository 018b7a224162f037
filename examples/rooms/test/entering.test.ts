/** Who is in a room has it on three hosts: the one that has begun it may go at once. */
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { compile } from './program.ts'

beforeAll(compile, 120_000)

test('a room that was just made goes on when the host that made it is killed', async () => {
  const { freePorts, Processes } = await import('../dist/processes.js')
  const ids = ['a', 'b', 'c']
  const ports = await freePorts(ids.length)
  // What reads it comes after it is set.
  process.env.HOSTS = ids.map((id, i) => `${id}=127.0.0.1:${ports[i]}`).join(',')
  const { Chat } = await import('../dist/chat-client.js')
  const processes = new Processes(ids, [])
  onTestFinished(() => processes.close())
  await processes.startAll()
  const chat = await Chat.open()
  onTestFinished(() => chat.close())
  const visit = await chat.enter('kitchen', 'ann')
  await processes.kill('a')
  expect(await visit.say('is anybody here?')).toBeGreaterThan(1)
  await visit.leave()
}, 120_000)
