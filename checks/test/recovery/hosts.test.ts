/** Three hosts on the disk, two of which are lost for ever; the group goes on from the third, and new hosts join it (F40, F40e, F40f). */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@rafted/client'
import { defineValue } from '@rafted/contracts'
import { openHost } from '@rafted/host'
import { openFileStorage, recover, type Storage, setMemberAside } from '@rafted/storage'
import { expect, onTestFinished, test } from 'vitest'
import { DamagedGroup, group, IDS, items, seams, until } from '../host/damaged-group.ts'

const list = defineValue({
  init: (): readonly string[] => [],
  commands: { add: (all, item: string) => [all.length + 1, [...all, item]] },
  queries: { all: (all) => all },
})

function place(): { path(id: string): string; hosts: DamagedGroup } {
  const directory = mkdtempSync(join(tmpdir(), 'rafted-recovery-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const path = (id: string): string => join(directory, id)
  const stores = (id: string): Promise<Storage> =>
    openFileStorage({ path: path(id), cluster: 'test', host: id, ...seams })
  const hosts = new DamagedGroup(stores, { snapshotMinBytes: 2000, snapshotFactor: 1 })
  onTestFinished(() => hosts.end())
  return { path, hosts }
}

test('two of three hosts are lost for ever: what the third holds goes on, and others join it', async () => {
  const { path, hosts } = place()
  await hosts.begin(60)
  const former = hosts.status('c')!
  // A client that has begun a session before.
  const old = createClient({ link: hosts.hosts.get('c')!.link, addresses: IDS, ...seams })
  onTestFinished(() => old.close())
  await old.value(group, list).add('item 60')
  await hosts.settled()
  for (const id of IDS) await hosts.close(id)
  for (const id of ['a', 'b']) rmSync(path(id), { recursive: true })
  const { reports } = await recover({ directories: [path('c')], group, ...seams })
  expect(reports[0]).toMatchObject({ done: 'recovered', base: { host: 'c' } })

  const c = await hosts.open('c', 'join')
  await until(() => hosts.status('c')?.role === 'leader')
  // A client that knows the former incarnation is told that there is another one.
  expect(
    await hosts.client
      .value(group, list)
      .all()
      .catch((error: { code: string }) => error.code),
  ).toBe('ambiguous-group')
  // All that was acknowledged and this one held.
  const fresh = createClient({ link: c.link, addresses: IDS, ...seams })
  onTestFinished(() => fresh.close())
  expect(await fresh.value(group, list).all()).toEqual(items(61))
  await fresh.value(group, list).add('item 61')
  const { incarnation, member } = hosts.status('c')!
  expect([incarnation === former.incarnation, member === former.member]).toEqual([false, false])

  // Hosts with empty disks, under the names of those that are lost.
  await hosts.open('a', 'join')
  await hosts.open('b', 'join')
  await until(() => hosts.status('c')!.configuration!.configuration.voters.length === 3)
  await hosts.settled()
  expect(new Set(IDS.map((id) => hosts.status(id)!.incarnation))).toEqual(new Set([incarnation]))
  expect(await fresh.value(group, list).all()).toEqual(items(62))
  // Another majority than the one with c.
  await hosts.close('c')
  const left = createClient({ link: hosts.hosts.get('a')!.link, addresses: IDS, ...seams })
  onTestFinished(() => left.close())
  expect(await left.value(group, list).all()).toEqual(items(62))
})

test('one that comes back with a former incarnation is never mixed in; set aside, it joins anew', async () => {
  const { path, hosts } = place()
  await hosts.begin(10)
  for (const id of IDS) await hosts.close(id)
  rmSync(path('a'), { recursive: true })
  await recover({ directories: [path('c')], group, ...seams })
  await hosts.open('c', 'join')
  await until(() => hosts.status('c')?.role === 'leader')
  const { incarnation } = hosts.status('c')!
  // b was taken for lost, and still is of the former incarnation: alone it decides nothing, and is never mixed in.
  await hosts.open('b', 'join')
  expect(hosts.status('b')!.incarnation).not.toBe(incarnation)
  expect(hosts.status('b')!.role).not.toBe('leader')
  await hosts.close('b')
  await setMemberAside({ directory: path('b'), group, ...seams })
  await hosts.open('b', 'join')
  await until(() => hosts.status('b')?.configuration?.configuration.voters.length === 2)
  await hosts.settled()
  expect(hosts.status('b')!.incarnation).toBe(incarnation)
})

test('a command at which every member stops is skipped, and its session goes on behind it', async () => {
  const counted = defineValue({
    init: () => 0,
    commands: {
      add: (sum, by: number) => {
        // Not the same on every machine: a member stops there.
        if (by === 13) throw new RangeError('Maximum call stack size exceeded')
        return [sum + by, sum + by]
      },
    },
    queries: { sum: (sum) => sum },
  })
  const { path, hosts } = place()
  const open = async (id: string): Promise<void> => {
    const stores = await openFileStorage({ path: path(id), cluster: 'test', host: id, ...seams })
    const transport = hosts.network.transport({ name: id, role: 'peer' })
    hosts.hosts.set(
      id,
      await openHost({ id, cluster: 'test', transport, ...stores, durable: true, ...seams }),
    )
  }
  const settings = { heartbeatMs: 20, electionMs: 100 }
  await open('a')
  const a = hosts.hosts.get('a')!
  await a.createGroup(group, { machine: counted, settings })
  const client = createClient({ link: a.link, addresses: ['a'], ...seams })
  const value = client.value(group, counted)
  expect(await value.add(1)).toBe(1)
  await expect(value.with({ timeoutMs: 500 }).add(13)).rejects.toMatchObject({ outcome: 'unknown' })
  const { ended } = hosts.hosts.get('a')!.inspect(group)!
  expect(ended).toMatchObject({ code: 'member-stopped', message: expect.stringContaining('--skip-index') })
  const index = Number(/Applying entry (\d+)/.exec(ended!.message)![1])
  await client.close()
  await hosts.close('a')
  const { reports } = await recover({ directories: [path('a')], group, skipIndex: index, ...seams })
  expect(reports[0]!.skipped).toBe(index)
  await open('a')
  const again = hosts.hosts.get('a')!
  await again.group(group, { machine: counted, settings })
  const fresh = createClient({ link: again.link, addresses: ['a'], ...seams })
  onTestFinished(() => fresh.close())
  expect(await fresh.value(group, counted).sum()).toBe(1)
  expect(await fresh.value(group, counted).add(2)).toBe(3)
})
