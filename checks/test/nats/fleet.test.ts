/** A fleet over NATS, made by the entry package: placed, used by name from any host, in files and in memory. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineValue, type Fleet, openFleet } from 'rafted-nats'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { NatsServer, withoutServer } from '../../src/nats-server.ts'
import { until } from '../../src/until.ts'

const counter = defineValue({
  init: () => 0,
  commands: { add: (n, by: number) => [n + by, n + by] },
  queries: { current: (n) => n },
})
const ids = ['a', 'b', 'c']

describe.skipIf(withoutServer)('three hosts in one process', () => {
  const directory = mkdtempSync(join(tmpdir(), 'fleet-nats-'))
  const fleets = new Map<string, Fleet>()
  let server: NatsServer

  beforeAll(async () => {
    server = await NatsServer.start()
  })
  afterAll(async () => {
    await Promise.all([...fleets.values()].map((fleet) => fleet.close()))
    await server?.remove()
    rmSync(directory, { recursive: true })
  })

  async function open(id: string): Promise<Fleet> {
    const access = { id, cluster: 'shop', dir: join(directory, id), nats: await server.connect() }
    const fleet = await openFleet({ ...access, machines: { counter }, join: ids })
    fleets.set(id, fleet)
    return fleet
  }

  test('groups in files and in memory are placed on them, and go on when one comes back', async () => {
    const [a, b, c] = await Promise.all(ids.map(open))
    await a!.initialise()
    for (const [id, fleet] of fleets) await fleet.activate({ zone: id })
    const settings = { heartbeatMs: 50, electionMs: 200 }
    await b!.addGroup('kept', { machine: 'counter', settings })
    await b!.addGroup('passing', { machine: 'counter', settings, persist: false })
    for (const name of ['kept', 'passing']) expect(await c!.value(name, counter).add(1)).toBe(1)
    expect((await a!.groups()).map(({ hosts }) => hosts.toSorted())).toEqual([ids, ids])

    await b!.close()
    const again = await open('b')
    await again.activate({ zone: 'b' })
    for (const name of ['kept', 'passing']) expect(await again.value(name, counter).add(1)).toBe(2)
    const raft = (await again.groups()).find(({ name }) => name === 'passing')!.raft
    const votes = (): boolean => {
      const status = again.host.status(raft)
      return status?.configuration?.configuration.voters.some(({ id }) => id === status.member) === true
    }
    await until(votes)
  })
})
