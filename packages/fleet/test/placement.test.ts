/** F103, F104: where members are put, and how few of them move. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hasMajorityInAZone, type PlacedHost, place } from '../src/placement.ts'

const names = Array.from({ length: 3000 }, (_, i) => `room-${i}`)

function hostsOf(perZone: readonly number[], capacity = 1): PlacedHost[] {
  return perZone.flatMap((count, zone) =>
    Array.from({ length: count }, (_, i) => ({ id: `h${zone}-${i}`, zone: `z${zone}`, capacity })),
  )
}

const zoneOf = (id: string): string => `z${id.slice(1).split('-')[0]}`

/** Up to five zones of up to five hosts, of several capacities. */
const anyHosts = fc
  .array(fc.array(fc.constantFrom(0.5, 1, 2, 8), { minLength: 1, maxLength: 5 }), {
    minLength: 1,
    maxLength: 5,
  })
  .map((zones) =>
    zones.flatMap((capacities, zone) =>
      capacities.map((capacity, i) => ({ id: `h${zone}-${i}`, zone: `z${zone}`, capacity })),
    ),
  )
const anyGroup = fc.string({ maxLength: 12 })
const anyCount = fc.integer({ min: 1, max: 7 })

/** Chance seldom draws a zone that would have three of a group of five. */
const uneven = hostsOf([5, 1, 1])

describe('a group', () => {
  test('is on different hosts, in different zones while there are more, and never has a majority in one of three zones', () => {
    fc.assert(
      fc.property(anyGroup, anyHosts, anyCount, (group, hosts, replicas) => {
        const chosen = place(group, hosts, replicas)
        expect(new Set(chosen).size).toBe(chosen.length)
        const zones = new Map<string, number>()
        for (const id of chosen) zones.set(zoneOf(id), (zones.get(zoneOf(id)) ?? 0) + 1)
        const zonesThere = new Set(hosts.map(({ zone }) => zone)).size
        expect(zones.size).toBe(Math.min(zonesThere, chosen.length))
        const placed = chosen.map((id) => ({ zone: zoneOf(id) }))
        if (zonesThere >= 3) expect(hasMajorityInAZone(placed)).toBe(false)
        else expect(chosen.length).toBe(Math.min(replicas, hosts.length))
        // Fewer than asked for only where there are no more, or one more would be a majority in a zone.
        expect(chosen.length).toBeGreaterThanOrEqual(Math.min(replicas, hosts.length, zonesThere))
      }),
      { examples: [['g', uneven, 5]] },
    )
  })

  test('is where it is whatever the order in which hosts are named, and goes where only their ids say', () => {
    fc.assert(
      fc.property(anyGroup, anyHosts, anyCount, (group, hosts, replicas) => {
        expect(place(group, hosts.toReversed(), replicas)).toEqual(place(group, hosts, replicas))
      }),
    )
  })

  test('keeps every member where it is but those of a host that goes, and gives a host that comes one at most', () => {
    fc.assert(
      fc.property(anyGroup, anyHosts, anyCount, fc.nat(), (group, hosts, replicas, which) => {
        const gone = hosts[which % hosts.length]!
        const fewer = hosts.filter((host) => host !== gone)
        const before = place(group, hosts, replicas)
        const after = place(group, fewer, replicas)
        // Where a zone goes, or comes, the bound of a majority may: more members are placed then, or fewer, and the others still stay.
        const left = before.filter((id) => id !== gone.id && !after.includes(id))
        const come = after.filter((id) => !before.includes(id))
        const isSameBound = before.length === after.length
        if (isSameBound) {
          expect(left).toEqual([])
          expect(come.length).toBe(before.includes(gone.id) ? 1 : 0)
        } else expect(Math.min(left.length, come.length)).toBe(0)
      }),
    )
  })

  test('of a host with no capacity is nowhere', () => {
    const hosts = hostsOf([2, 2, 2]).map((host) => (host.id === 'h1-0' ? { ...host, capacity: 0 } : host))
    for (const name of names) expect(place(name, hosts, 3)).not.toContain('h1-0')
    expect(place('room', [], 3)).toEqual([])
  })
})

/** How many of the names it stands for, per host. */
function shares(hosts: readonly PlacedHost[], of: (ids: string[]) => readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const name of names)
    for (const id of of(place(name, hosts, 3))) counts.set(id, (counts.get(id) ?? 0) + 1)
  return counts
}

describe('many groups', () => {
  test('are spread evenly, and so are their leaders', () => {
    const hosts = hostsOf([2, 2, 2])
    for (const [, count] of shares(hosts, (ids) => ids)) expect(count).toBeGreaterThan(0.93 * 1500)
    for (const [, count] of shares(hosts, ([first]) => [first!])) expect(count).toBeGreaterThan(0.88 * 500)
  })

  test('are spread within a zone as the capacities say', () => {
    const hosts = hostsOf([2, 2, 2]).map((host) => (host.id === 'h0-0' ? { ...host, capacity: 3 } : host))
    const counts = shares(hosts, (ids) => ids)
    expect(counts.get('h0-0')! / counts.get('h0-1')!).toBeGreaterThan(2.7)
    expect(counts.get('h0-0')! / counts.get('h0-1')!).toBeLessThan(3.3)
  })
})
