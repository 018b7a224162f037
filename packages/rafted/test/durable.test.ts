/** What three hosts on files keep, whoever comes back and with what. */
import { rm } from 'node:fs/promises'
import { defineValue, type GroupOptions, type Host, type Observer } from 'rafted'
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

interface Extras extends Pick<GroupOptions, 'formerData'> {
  readonly observer?: Observer
}

async function start(site: Site, all: readonly Site[], { observer, ...extras }: Extras = {}): Promise<Host> {
  const opened = await host({ ...site, observer })
  await opened.group('list', { machine: list, join: all.map(({ listen }) => listen), ...extras })
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

test('a host that comes back without its files is let in once a person says that they are lost, as another member', async () => {
  const all = await sites()
  const [a, b, c] = await Promise.all(all.map((site) => start(site, all)))
  await a!.createGroup('list', { machine: list })
  await a!.value('list', list).add('kept')
  const before = await voters([a!, b!, c!])
  await c!.close()
  await rm(all[2]!.dir, { recursive: true })

  let told: (error: unknown) => void
  const refusal = new Promise<unknown>((resolve) => (told = resolve))
  const observer: Observer = {
    event: (event) => void (event.kind === 'join' && event.level === 'error' && told(event.error)),
  }
  const empty = await start(all[2]!, all, { observer })
  expect(await refusal).toMatchObject({
    code: 'member-lost',
    message: expect.stringContaining("host.group(name, { …, formerData: 'lost' })"),
  })
  await empty.close()

  const back = await start(all[2]!, all, { formerData: 'lost' })
  const after = await voters([a!, b!, back])
  expect(after.c).not.toBe(before.c)
  expect({ ...after, c: '' }).toEqual({ ...before, c: '' })
  expect(await back.value('list', list).all()).toEqual(['kept'])
})
