/** What the real machine says of a socket: that somebody listens, that nobody does, or that there is none. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { nodeMachine } from '../src/index.ts'

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'machine-'))
})
afterAll(() => rmSync(directory, { recursive: true }))

test('a socket is accepted while somebody listens, and missing afterwards', async () => {
  const machine = nodeMachine()
  expect(await machine.probe(directory, 'one')).toBe('missing')
  const listener = await machine.listen(directory, 'one')
  expect(await machine.probe(directory, 'one')).toBe('accepted')
  await listener.close()
  expect(await machine.probe(directory, 'one')).toBe('missing')
})

test('a listener that goes away while others connect fails none of them', async () => {
  const machine = nodeMachine()
  for (let round = 0; round < 20; round++) {
    const listener = await machine.listen(directory, `socket-${round}`)
    // These wait in the kernel, and are reset when the socket is closed.
    const probes = Array.from({ length: 20 }, () => machine.probe(directory, `socket-${round}`))
    const closed = listener.close()
    for (const found of await Promise.all(probes)) expect(['accepted', 'refused', 'missing']).toContain(found)
    await closed
  }
})
