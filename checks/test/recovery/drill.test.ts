/**
 * Drills: groups under load, whose majority is lost for ever at a moment that a seed decides, go on from what is left by the real recovery, which may itself
 * be interrupted. What is compared with is what each host has written, kept beside its disk (F40, F40a, F40e). DRILLS=1000 runs so many; DRILL_SEED=n one.
 */
import { type Recovery, recover, setMemberAside } from '@rafted/storage'
import { expect, test } from 'vitest'
import { DrillHosts, group, list } from './drill-hosts.ts'
import { listOf } from './shadow-log.ts'

const DRILLS = Number(process.env.DRILLS ?? 12)
const ONE = process.env.DRILL_SEED
const seeds = ONE === undefined ? Array.from({ length: DRILLS }, (_, i) => i + 1) : [Number(ONE)]

for (const seed of seeds)
  test(`drill ${seed}`, async () => {
    const hosts = new DrillHosts(seed)
    try {
      await drill(hosts)
    } finally {
      await hosts.end()
    }
  }, 240_000) // Only ends what hangs.

interface Told {
  /** Items and the places at which they were acknowledged, from 1 on. */
  readonly places: Map<string, number>
  /** All that anybody ever asked for. */
  readonly asked: Set<string>
}

async function drill(hosts: DrillHosts): Promise<void> {
  const { random, ids } = hosts
  const told: Told = { places: new Map(), asked: new Set() }
  await begin(hosts)
  for (let round = random.between(1, 3); round > 0; round--) {
    // Some of a minority hear nothing for a while, or for good.
    const cut = random.chance(0.7) ? someOf(hosts, random.below(Math.ceil(ids.length / 2))) : []
    for (const id of cut) hosts.network.isolate(id)
    await load(
      hosts,
      told,
      ids.filter((id) => !cut.includes(id)),
    )
    if (round > 1 || random.chance(0.4)) for (const id of cut) hosts.network.rejoin(id)
    await hosts.pause(random.below(600))
  }
  // The power goes in the middle of something.
  void load(hosts, told, ids).catch(() => {})
  await hosts.pause(random.below(120))
  hosts.cutPower()
  hosts.isShadowed = false
  for (const id of ids) hosts.network.rejoin(id)

  const lost = someOf(hosts, Math.floor(ids.length / 2) + 1)
  const left = ids.filter((id) => !lost.includes(id))
  const recovery = await recovered(hosts, left)
  const [report] = recovery.reports
  const base = hosts.shadows.get(report!.base.path)!
  const { last } = report!.base
  expect(base.holds(last), 'the base ends with what it has written').toBe(true)
  for (const id of left) {
    const { durable } = hosts.shadows.get(`/${id}`)!
    // None that is left has on its disk what is newer.
    expect(
      [last.term, last.index].map(padded).join() >= [durable.term, durable.index].map(padded).join(),
    ).toBe(true)
    if (id === report!.base.host) expect(last.index).toBeGreaterThanOrEqual(durable.index)
  }
  const expected = listOf(base.entries.slice(0, last.index))
  checkTold(expected, told)
  await goOn(hosts, report!, lost, expected)
}

const padded = (number: number): string => String(number).padStart(12, '0')

async function begin(hosts: DrillHosts): Promise<void> {
  const [founder, ...others] = hosts.ids
  await hosts.start(founder!, { isFounder: true })
  for (const id of others) await hosts.start(id)
  await hosts.until('all vote', () => hosts.voters(founder!) === hosts.ids.length && hosts.isLevel())
}

function someOf({ random, ids }: DrillHosts, count: number): string[] {
  const all = [...ids]
  return Array.from({ length: count }, () => all.splice(random.below(all.length), 1)[0]!)
}

async function load(hosts: DrillHosts, told: Told, among: readonly string[]): Promise<void> {
  const { random } = hosts
  const client = hosts.client(random.pick(among))
  const handle = client.value(group, list).with({ timeoutMs: 3000 })
  for (let i = random.below(25); i > 0; i--) {
    const item = `item ${told.asked.size}`
    told.asked.add(item)
    const place = await handle.add(item).catch(() => null)
    if (place !== null) told.places.set(item, place as number)
  }
}

/** By the real recovery; some are cut short by another power cut, and done again. */
async function recovered(hosts: DrillHosts, left: readonly string[]): Promise<Recovery> {
  const { random, disk } = hosts
  const directories = left.map((id) => `/${id}`)
  let first: Recovery['reports'][number]['base'] | null = null
  for (let attempt = 0; ; attempt++) {
    const { reports } = await recover({ ...hosts.process(), directories, group, dryRun: true })
    first ??= reports[0]!.base
    const isCut = attempt < 3 && random.chance(0.5)
    const running = recover({ ...hosts.process(), directories, group })
    if (!isCut) {
      const recovery = await running
      // However often it was begun, it goes on from the same.
      expect(recovery.reports[0]!.base.host).toBe(first.host)
      const [report] = recovery.reports
      return { ...recovery, reports: [{ ...report!, base: first }] }
    }
    const at = disk.operations + random.below(250)
    const crashed = new Promise<'crashed'>((resolve) => {
      disk.onOperation = ({ number }) => {
        if (number < at) return
        disk.onOperation = null
        disk.crash()
        resolve('crashed')
      }
    })
    const ended = await Promise.race([crashed, running])
    disk.onOperation = null
    if (ended !== 'crashed') return { ...ended, reports: [{ ...ended.reports[0]!, base: first }] }
    if (await isDone(hosts, directories))
      return { cluster: '', untouched: [], reports: [{ ...reports[0]!, base: first }] }
  }
}

/** Whether the last step was done before the power went. */
async function isDone(hosts: DrillHosts, directories: readonly string[]): Promise<boolean> {
  return await recover({ ...hosts.process(), directories, group, dryRun: true }).then(
    () => false,
    (error: { code: string }) => {
      expect(error.code).toBe('quorum-survives')
      return true
    },
  )
}

/** What was acknowledged is where it was acknowledged, as far as the base goes; nothing else is there but what was asked for, once. */
function checkTold(all: readonly string[], { places, asked }: Told): void {
  expect(new Set(all).size).toBe(all.length)
  for (const item of all) expect(asked).toContain(item)
  for (const [item, place] of places) if (place <= all.length) expect(all[place - 1], item).toBe(item)
}

async function goOn(
  hosts: DrillHosts,
  { base, former }: Recovery['reports'][number],
  lost: readonly string[],
  expected: readonly string[],
): Promise<void> {
  const { random, ids } = hosts
  await hosts.start(base.host)
  await hosts.until('the base leads', () => hosts.host(base.host).status(group)?.role === 'leader')
  const { incarnation } = hosts.host(base.host).status(group)!
  expect(incarnation).not.toBe(former)
  // One of those that were given up may come back with what it had.
  const back = random.chance(0.5) ? random.pick(lost) : null
  for (const id of ids)
    if (id !== base.host && id !== back)
      await hosts.start(id, lost.includes(id) ? { path: `/${id}.new` } : {})
  if (back !== null) {
    await hosts.until('those that are there vote', () => hosts.voters(base.host) === ids.length - 1)
    await hosts.start(back)
    await hosts.pause(3000)
    const { role, incarnation: own } = hosts.host(back).status(group)!
    expect({ leads: role === 'leader', own }).toEqual({ leads: false, own: former })
    await hosts.stop(back)
    await setMemberAside({ ...hosts.process(), directory: `/${back}`, group })
    await hosts.start(back)
  }
  await hosts.until('all vote again', () => hosts.voters(base.host) === ids.length && hosts.isLevel())
  for (const id of ids) {
    const handle = hosts.client(id).value(group, list)
    expect(await handle.all(), id).toEqual(expected)
    expect(hosts.host(id).status(group)!.incarnation).toBe(incarnation)
  }
  await hosts.client(random.pick(ids)).value(group, list).add('afterwards')
  // Any majority holds it.
  await hosts.stop(base.host)
  const other = ids.find((id) => id !== base.host)!
  expect(await hosts.client(other).value(group, list).all()).toEqual([...expected, 'afterwards'])
}
