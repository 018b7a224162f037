/** Certificates and authorities are changed while everything runs: new connections go by the new ones (F94f). */
import type { TlsCredentials } from '@rafted/transport-tcp'
import { expect, test } from 'vitest'
import { until } from '../../src/until.ts'
import { Authority } from './certificates.ts'
import { client, type End, host, SetClock } from './end.ts'

/** What a program has loaded last, and a clock by which it is soon asked for again. */
class Shelf {
  readonly clock = new SetClock()
  asked = 0
  current: TlsCredentials
  readonly tls = (): TlsCredentials => {
    this.asked += 1
    return this.current
  }

  constructor(current: TlsCredentials) {
    this.current = current
  }

  change(to: TlsCredentials): void {
    this.current = to
    this.clock.nowMs += 1000
  }
}

let count = 0

/** Whether a client that shows and believes this gets through to the host on a connection of its own. */
async function getsTo(to: End, tls: TlsCredentials): Promise<boolean> {
  count += 1
  const text = `from ${count}`
  const web = await client('web', { tls })
  const isThere = (): boolean => to.arrivals.some((one) => one.text === text)
  await until(() => {
    if (isThere() || web.failures.length > 0) return true
    web.send(to.address)
    web.transport.send(to.address, Buffer.from(text), 'urgent')
    return false
  })
  return isThere()
}

test('an authority is changed in three steps, and who has what is let in at each of them', async () => {
  const [old, next] = [new Authority('old'), new Authority('next')]
  const both = [old.cert, next.cert]
  const shelf = new Shelf(old.host('a'))
  const a = await host('a', { tls: shelf.tls, clock: shelf.clock })
  const [fromOld, fromNext] = [
    { ...old.client('web'), ca: both },
    { ...next.client('web'), ca: both },
  ]
  const stays = await client('stays', { tls: old.client('stays') })
  await stays.reach(a, 'before')
  expect([await getsTo(a, fromOld), await getsTo(a, fromNext)]).toEqual([true, false])
  // First all believe both, then all show the new one, then nobody believes the old one.
  shelf.change({ ...old.host('a'), ca: both })
  expect([await getsTo(a, fromOld), await getsTo(a, fromNext)]).toEqual([true, true])
  shelf.change({ ...next.host('a'), ca: both })
  expect([await getsTo(a, fromOld), await getsTo(a, fromNext)]).toEqual([true, true])
  expect(await getsTo(a, old.client('web'))).toBe(false)
  shelf.change(next.host('a'))
  expect([await getsTo(a, fromOld), await getsTo(a, fromNext)]).toEqual([false, true])
  // Nothing of it has ended a connection.
  await stays.reach(a, 'after')
  expect(stays.events).toEqual([])
  expect(a.events.filter(({ what }) => what === 'certificate-changed')).toHaveLength(3)
})

test('who dials shows the new certificate as well, and believes the new authority', async () => {
  const [old, next] = [new Authority('old'), new Authority('next')]
  const shelf = new Shelf(old.host('a'))
  const a = await host('a', { tls: shelf.tls, clock: shelf.clock })
  const b = await host('b', { tls: next.host('b') })
  a.send(b.address)
  await until(() => a.failures.length === 1)
  shelf.change(next.host('a'))
  expect(await a.reach(b, 'with the new one')).toMatchObject({ name: 'a', role: 'peer' })
})

test('what can’t be used is told, and changes nothing; nor does what is the same', async () => {
  const ours = new Authority('ours')
  const good = ours.host('a')
  const shelf = new Shelf(good)
  const a = await host('a', { tls: shelf.tls, clock: shelf.clock })
  const web = ours.client('web')
  // Read while the files are being replaced: a new key, and a certificate of before.
  for (const bad of [{ ...good, key: ours.host('a').key }, ours.host('b'), {} as TlsCredentials]) {
    shelf.change(bad)
    expect(await getsTo(a, web)).toBe(true)
    shelf.change({ ...good })
    expect(await getsTo(a, web)).toBe(true)
  }
  expect(a.events.map(({ what, level }) => `${what} ${level}`)).toEqual(
    Array(3).fill('certificate-not-changed error'),
  )
  expect(a.events[0]).toMatchObject({ error: { code: 'invalid-argument' } })
})

test('it is asked once a second at most, however many dial', async () => {
  const ours = new Authority('ours')
  const shelf = new Shelf(ours.host('a'))
  const a = await host('a', { tls: shelf.tls, clock: shelf.clock })
  const web = ours.client('web')
  for (let i = 0; i < 5; i++) expect(await getsTo(a, web)).toBe(true)
  expect(shelf.asked).toBe(1)
  shelf.clock.nowMs += 1000
  for (let i = 0; i < 5; i++) expect(await getsTo(a, web)).toBe(true)
  expect(shelf.asked).toBe(2)
})
