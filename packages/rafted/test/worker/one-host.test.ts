/** One host in a worker: what crosses, and what is told when the worker ends (F94t). */
import { type HostInWorker, isRaftedError, RaftedError, type RaftedEvent } from 'rafted'
import { describe, expect, test } from 'vitest'
import { exportOf, freshDirectory, hostInWorker, machine } from './hosts.ts'
import { tally } from './tally.mjs'

async function started(host: HostInWorker): Promise<HostInWorker> {
  await host.createGroup('tally', { machine })
  return host
}

const failure = async (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'nothing was wrong',
    (error: unknown) => error,
  )

describe('a host in a worker', () => {
  test('takes commands and answers queries of every kind', async () => {
    const host = await started(await hostInWorker())
    const value = host.value('tally', tally)
    expect(await value.add(3)).toBe(3)
    expect(await Promise.all([1, 2, 4].map((amount) => value.add(amount)))).toEqual([4, 6, 10])
    expect(await value.sum()).toBe(10)
    expect(await value.with({ read: 'stale' }).entries()).toEqual([3, 1, 2, 4])
    expect(await value.with({ key: 'once' }).add(5)).toBe(15)
    expect(await value.with({ key: 'once' }).add(5)).toBe(15)
  })

  test('tells how its groups stand, and whether it leads', async () => {
    const host = await hostInWorker()
    expect(() => host.leadership('tally')).toThrow(expect.objectContaining({ code: 'no-such-group' }))
    expect(await host.status('tally')).toBe(null)
    const gained = new Promise((resolve) => host.on('leadership-gained', resolve))
    await started(host)
    expect(await gained).toMatchObject({ group: 'tally', token: { term: expect.any(Number) } })
    const leadership = host.leadership('tally')
    expect(leadership).toMatchObject({ isLeader: true, token: { index: expect.any(Number) } })
    expect(await host.status('tally')).toMatchObject({ role: 'leader', host: 'a' })
    expect(host.groups()).toEqual(['tally'])
    for await (const state of leadership.changes()) {
      expect(state).toMatchObject({ isLeader: true })
      break
    }
  })

  test('keeps what it was told on its disk', async () => {
    const dir = await freshDirectory()
    {
      await using host = await started(await hostInWorker({ dir }))
      await host.value('tally', tally).add(7)
    }
    const again = await hostInWorker({ dir })
    await again.group('tally', { machine })
    expect(await again.value('tally', tally).sum()).toBe(7)
    await again.close()
    await again.exited
    expect(await failure(again.group('tally', { machine }))).toMatchObject({ code: 'closed' })
    expect(await again.status('tally')).toBe(null)
    expect(again.groups()).toEqual([])
  })

  test('forwards its events to listeners, streams and the observer here', async () => {
    const told: RaftedEvent[] = []
    const host = await hostInWorker({ observer: { event: (event) => told.push(event) } })
    const stream = host.events('leadership-gained')
    await started(host)
    expect(await stream.next()).toMatchObject({ value: { group: 'tally' }, done: false })
    expect(told.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['role', 'leadership-gained']))
    // @ts-expect-error events that show values don't cross.
    expect(() => host.on('command-committed', () => {})).toThrow(
      expect.objectContaining({ code: 'unsupported' }),
    )
    // @ts-expect-error the same.
    expect(() => host.events('elected')).toThrow(expect.objectContaining({ code: 'unsupported' }))
  })

  test('looks at aborts and timeouts here', async () => {
    const host = await started(await hostInWorker())
    const value = host.value('tally', tally)
    await value.add(1)
    const aborting = new AbortController()
    const slow = failure(value.with({ signal: aborting.signal }).slow(500))
    aborting.abort()
    expect(await slow).toMatchObject({ code: 'aborted' })
    expect(await failure(value.with({ timeoutMs: 50 }).slow(500))).toMatchObject({ code: 'timeout' })
    expect(await value.sum()).toBe(1)
  })
})

describe('errors keep their class, code and outcome', () => {
  test('of a machine that refuses, or is broken', async () => {
    const host = await started(await hostInWorker())
    const value = host.value('tally', tally)
    const refused = await failure(value.refuse('too late'))
    expect(refused).toBeInstanceOf(RaftedError)
    expect(refused).toMatchObject({ code: 'command-error', message: 'too late', outcome: 'not-applied' })
    const told = new Promise<RaftedEvent>((resolve) => host.on('command-failed', resolve))
    expect(await failure(value.break())).toMatchObject({ code: 'command-failed' })
    const { error } = (await told) as RaftedEvent & { error: unknown }
    expect(error).toBeInstanceOf(TypeError)
    expect(error).toMatchObject({ message: 'this machine is broken' })
    expect(await value.sum()).toBe(0)
  })

  test('of a hook that fails', async () => {
    const host = await hostInWorker()
    const told = new Promise<RaftedEvent>((resolve) => host.on('hook-failed', resolve))
    await host.createGroup('tally', { machine, hooks: exportOf('./tally.mjs', 'hooks') })
    await host.value('tally', tally).add(1)
    const { error } = (await told) as RaftedEvent & { error: unknown }
    expect(error).toBeInstanceOf(RangeError)
  })

  test('of modules that are not there, break, or export something else', async () => {
    const host = await hostInWorker()
    const refusal = async (given: unknown): Promise<unknown> =>
      failure(host.group('tally', { machine: given as typeof machine }))
    const missing = await refusal(exportOf('./nowhere.ts', 'tally'))
    expect(missing).toBeInstanceOf(RaftedError)
    expect(missing).toMatchObject({ code: 'invalid-argument', outcome: 'not-applied' })
    expect((missing as Error).cause).toMatchObject({ code: 'ERR_MODULE_NOT_FOUND' })
    const broken = { module: 'data:text/javascript,throw new RangeError("broken")' }
    expect(await refusal(broken)).toMatchObject({ code: 'invalid-argument', cause: { name: 'RangeError' } })
    expect(await refusal(exportOf('./tally.mjs', 'tally2'))).toMatchObject({
      code: 'invalid-argument',
      message: expect.stringContaining('exports no `tally2`. It exports hooks, noMachine, tally.'),
    })
    expect(await refusal(exportOf('./tally.mjs', 'noMachine'))).toMatchObject({ code: 'invalid-argument' })
    expect(await refusal(tally)).toMatchObject({
      code: 'invalid-argument',
      message: expect.stringContaining("can't go to another thread itself"),
    })
    // @ts-expect-error the machine itself can't cross.
    expect(await failure(host.group('tally', { machine: tally }))).toMatchObject({ code: 'invalid-argument' })
    const options = { machine, join: [(() => {}) as unknown as string] }
    expect(await failure(host.group('tally', options))).toMatchObject({ code: 'invalid-argument' })
    expect(() => host.leadership('tally')).toThrow(expect.objectContaining({ code: 'no-such-group' }))
    await started(host)
  })

  test('of opening', async () => {
    const dir = await freshDirectory()
    await hostInWorker({ dir })
    expect(await failure(hostInWorker({ dir }))).toMatchObject({
      code: 'directory-in-use',
      outcome: 'not-applied',
    })
    expect(await failure(hostInWorker({ id: '' }))).toMatchObject({ code: 'invalid-argument' })
    const cluster = (() => {}) as unknown as string
    expect(await failure(hostInWorker({ cluster }))).toMatchObject({ code: 'invalid-argument' })
  })
})

describe('a worker that ends', () => {
  test('is told: calls end in doubt, later ones as not done, and the directory is free', async () => {
    const dir = await freshDirectory()
    const told: RaftedEvent[] = []
    const host = await started(await hostInWorker({ dir, observer: { event: (event) => told.push(event) } }))
    const value = host.value('tally', tally)
    await value.add(1)
    const underWay = failure(value.exit(3))
    const failed = await failure(host.exited)
    expect(failed).toMatchObject({ code: 'worker-failed', details: { exitCode: 3 } })
    expect(await underWay).toMatchObject({ code: 'closed', outcome: 'unknown' })
    expect(await failure(value.add(1))).toMatchObject({ code: 'closed', outcome: 'not-applied' })
    expect(await failure(host.group('other', { machine }))).toMatchObject({
      code: 'worker-failed',
      outcome: 'not-applied',
    })
    expect(told.filter(({ kind }) => kind === 'worker-failed')).toHaveLength(1)
    expect(told.filter(({ kind }) => kind === 'leadership-lost')).toHaveLength(1)
    await host.close()
    const again = await hostInWorker({ dir })
    await again.close()
  })

  test('by terminate is as a crash that was wanted', async () => {
    const dir = await freshDirectory()
    const host = await started(await hostInWorker({ dir }))
    const value = host.value('tally', tally)
    await value.add(2)
    const underWay = failure(value.slow(60_000))
    await host.terminate()
    await host.exited
    expect(await underWay).toMatchObject({ code: 'closed' })
    const again = await hostInWorker({ dir })
    await again.group('tally', { machine })
    expect(await again.value('tally', tally).sum()).toBe(2)
  })

  test('for want of memory', async () => {
    const host = await hostInWorker({ worker: { resourceLimits: { maxOldGenerationSizeMb: 64 } } })
    await host.createGroup('hoard', { machine: exportOf('./hoard.mjs', 'hoard') })
    const { hoard } = await import('./hoard.mjs')
    const lost = failure(host.value('hoard', hoard).grow())
    const failed = await failure(host.exited)
    expect(failed).toMatchObject({ code: 'worker-failed', cause: { code: 'ERR_WORKER_OUT_OF_MEMORY' } })
    expect(await lost).toMatchObject({ outcome: 'unknown' })
  })

  test('before it is open', async () => {
    const options = { worker: { execArgv: ['--import', 'data:text/javascript,process.exit(4)'] } }
    const error = await failure(hostInWorker(options))
    expect(isRaftedError(error, 'worker-failed')).toBe(true)
    expect(error).toMatchObject({ details: { exitCode: 4 } })
  })
})
