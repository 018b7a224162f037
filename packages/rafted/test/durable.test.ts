/** What three hosts on files keep, whoever comes back and with what. */
import { rm } from 'node:fs/promises'
import { defineValue, type Host } from 'rafted'
import { expect, test } from 'vitest'
import { freeAddress, freshDirectory, host } from './place.ts'

const list = defineValue({
  init: () => [] as readonly string[],
  commands: { add: (items, item: string) => [items.length, [...items, item]] },
  queries: { all: (items) => items },
})

interface Site {
  readonly id: string
  readonly dir: string
  readonly listen: string
}

async function sites(): Promise<Site[]> {
  return Promise.all(
    ['a', 'b', 'c'].map(async (id) => ({ id, dir: await freshDirectory(), listen: await freeAddress() })),
  )
}

async function start(site: Site, all: readonly Site[]): Promise<Host> {
  const opened = await host(site)
  await opened.group('list', { machine: list, join: all.map(({ listen }) => listen) })
  return opened
}

/** Members of the group by host, when all of these hosts agree that all of their members, and no others, vote. */
async function voters(hosts: readonly Host[]): Promise<Record<string, string>> {
  for (;;) {
    const standing = hosts.map((each) => each.status('list'))
    const own = standing.map((status) => [status?.host, status?.member]).sort()
    const agree = standing.every((status) => {
      const configuration = status?.configuration?.configuration
      const known = configuration?.voters.map((voter) => [voter.host, voter.id]).sort()
      return configuration?.outgoing === null && JSON.stringify(known) === JSON.stringify(own)
    })
    if (agree) return Object.fromEntries(own)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

test('all are closed and opened again: the value is there, and they are the members they were', async () => {
  const all = await sites()
  const hosts = await Promise.all(all.map((site) => start(site, all)))
  await hosts[0]!.createGroup('list', { machine: list })
  await hosts[2]!.value('list', list).add('kept')
  const before = await voters(hosts)
  await Promise.all(hosts.map((each) => each.close()))
  const again = await Promise.all(all.map((site) => start(site, all)))
  expect(await again[1]!.value('list', list).all()).toEqual(['kept'])
  expect(await voters(again)).toEqual(before)
})

test('a host that comes back without its files is another member, in the place of the former one', async () => {
  const all = await sites()
  const [a, b, c] = await Promise.all(all.map((site) => start(site, all)))
  await a!.createGroup('list', { machine: list })
  await a!.value('list', list).add('kept')
  const before = await voters([a!, b!, c!])
  await c!.close()
  await rm(all[2]!.dir, { recursive: true })
  const back = await start(all[2]!, all)
  const after = await voters([a!, b!, back])
  expect(after.c).not.toBe(before.c)
  expect({ ...after, c: '' }).toEqual({ ...before, c: '' })
  expect(await back.value('list', list).all()).toEqual(['kept'])
})
