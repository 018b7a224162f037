/** What earlier versions have written: every release's directories are opened by this build, and its bytes mean what they did (F113, F115). */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Host } from '@rafted/host'
import { afterEach, describe, expect, test } from 'vitest'
import { described } from '../src/fixtures/description.ts'
import { type Frozen, read } from '../src/fixtures/frozen-bytes.ts'
import type { Kept } from '../src/fixtures/kept.ts'
import { adding, Place } from '../src/fixtures/place.ts'
import { until } from '../src/until.ts'

const fixtures = fileURLToPath(new URL('../fixtures', import.meta.url))
const releases = readdirSync(fixtures).sort()

const json = <T>(release: string, name: string): T =>
  JSON.parse(readFileSync(join(fixtures, release, name), 'utf8')) as T

const scratch: string[] = []
const places: Place[] = []
afterEach(async () => {
  for (const place of places.splice(0)) await place.closeAll()
  for (const path of scratch.splice(0)) rmSync(path, { recursive: true })
})

/** Hosts on copies of what is kept. */
function copied(release: string): { place: Place; path: string } {
  const path = mkdtempSync(join(tmpdir(), 'rafted-kept-'))
  scratch.push(path)
  cpSync(join(fixtures, release, 'hosts'), path, { recursive: true })
  const place = new Place(path)
  places.push(place)
  return { place, path }
}

/** All files below, by their paths. */
function filesOf(path: string): Map<string, Buffer> {
  const names = readdirSync(path, { recursive: true, withFileTypes: true })
  const files = names.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name))
  return new Map(files.map((file) => [file.slice(path.length), readFileSync(file)]))
}

describe.each(releases)('what %s has written', (release) => {
  const kept = json<Kept>(release, 'kept.json')

  test('holds all that it was written to show', () => {
    const { a, c, d, e, f, torn } = kept.hosts
    expect(Object.keys(a!.groups)).toEqual(['carts', 'orders'])
    expect(a!.snapshots.length).toBeGreaterThan(1)
    const { configurations, settings, kinds } = a!.groups.orders!
    expect(configurations.some((text) => text.includes(' from '))).toBe(true)
    expect(settings).not.toEqual([])
    expect(kinds.session).toBeGreaterThan(0)
    expect(c!.groups.orders!.removedAt).toBeGreaterThan(0)
    expect(d!.groups.orders!.removedAt).toBeNull()
    expect(e!.groups.carts!.configurations.at(-1)).toMatch(/learners e/)
    expect(Object.keys(f!.groups)).toHaveLength(3)
    expect(torn!.groups.orders!.last).toBeLessThan(a!.groups.orders!.last)
  })

  test('means to this build what it meant, read without changing anything', async () => {
    for (const [host, was] of Object.entries(kept.hosts)) {
      const is = await described(join(fixtures, release, 'hosts', host))
      const wrong = host === 'torn' ? ['torn'] : []
      expect({ host, is }).toEqual({ host, is: { ...was, wrong } })
    }
  })

  test('goes on where it was: values, members, and sessions that take no command twice', async () => {
    const { place, path } = copied(release)
    for (const id of ['a', 'b', 'd', 'e']) await place.open(id)
    for (const id of ['a', 'b', 'd']) await place.run(id, 'orders')
    for (const id of ['a', 'b', 'd', 'e']) await place.run(id, 'carts')

    // The last command once more, as a client sends it that has heard nothing: the answer is the one there was.
    const { id, sequence, index } = kept.session
    const answer = await place.ask('orders', adding('orders', id, sequence, 'last'))
    expect(answer).toMatchObject({ kind: 'result', status: 'ok', index })
    // And one by its key, from another session.
    const opened = await place.ask('orders', { kind: 'open-session', group: 'orders', incarnation: null })
    const session = opened.kind === 'session' ? opened.session : 0
    const again = await place.ask('orders', adding('orders', session, 1, 'with a key', 'once'))
    expect(again).toMatchObject({ kind: 'result', status: 'ok' })

    const { orders, carts } = kept.values
    const holds = (host: Host, group: string): boolean => {
      const { appliedIndex, lastIndex } = host.status(group)!
      return appliedIndex === lastIndex && host.status(group)!.leader !== null
    }
    await until(() => ['a', 'b', 'd'].every((one) => holds(place.host(one), 'orders')))
    await until(() => ['a', 'b', 'd', 'e'].every((one) => holds(place.host(one), 'carts')))
    for (const one of ['a', 'b', 'd']) expect(await place.all(one, 'orders')).toEqual(orders)
    for (const one of ['a', 'b', 'd', 'e']) expect(await place.all(one, 'carts')).toEqual(carts)
    const { settings, configuration } = place.host('a').status('orders')!
    expect(settings).toMatchObject({ retainedResults: 50, featureLevel: 1, machineVersion: 1 })
    expect(configuration!.configuration.voters.map(({ host }) => host)).toEqual(['a', 'b', 'd'])
    await place.closeAll()

    // Nothing was written anew: what this build adds stands behind what there was.
    for (const host of ['a', 'b', 'd', 'e']) {
      const now = filesOf(join(path, host))
      for (const [file, bytes] of filesOf(join(fixtures, release, 'hosts', host)))
        if (/^\/(log|snapshots)\/|directory$/.test(file))
          expect(now.get(file)?.subarray(0, bytes.length).equals(bytes), `${host}${file}`).toBe(true)
    }
  })

  test('of a member that was removed says so: it takes part no more', async () => {
    const { place } = copied(release)
    await place.open('c')
    await place.run('c', 'orders')
    // What there was is forgotten; a new member waits to be told of the group.
    expect(place.host('c').status('orders')).toBeNull()
  })

  test('ends where a crash has torn it', async () => {
    const { place, path } = copied(release)
    const was = kept.hosts.torn!
    await place.open('a', 'torn')
    expect(place.events.filter(({ kind }) => kind === 'log-repaired')).toHaveLength(1)
    await place.closeAll()
    const is = await described(join(path, 'torn'))
    expect(is.groups).toEqual(was.groups)
    expect(is.wrong).toEqual([])
  })

  test('is a fleet that goes on', async () => {
    const { place } = copied(release)
    const fleet = await place.openFleet('f')
    expect((await fleet.groups()).map(({ name }) => name).sort()).toEqual(kept.fleet)
    for (const name of kept.fleet) expect(await fleet.whereIsLeader(name)).toBe('f')
  })

  describe('in bytes', () => {
    test.each(Object.entries(json<Record<string, Frozen>>(release, 'bytes.json')))(
      '%s means what it did, and is written the same way',
      (name, { hex, means }) => {
        const now = read(name, hex)
        // Later versions may know more of it.
        expect({ means: now.means }).toMatchObject({ means })
        expect(now.hex).toBe(hex)
      },
    )
  })
})
