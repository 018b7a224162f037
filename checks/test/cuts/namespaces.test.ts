/** A network of namespaces does what its weather says, and nothing of it stays. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { ChildHost } from '@rafted/testing'
import { afterEach, describe, expect, test } from 'vitest'
import { command } from '../../src/cuts/kernel-commands.ts'
import { Namespaces, type NamespacesData, removeLeftOvers } from '../../src/cuts/namespaces.ts'
import { FAIR } from '../../src/cuts/weather.ts'
import { typescript } from '../compiled.ts'
import { withoutNamespaces } from './possible.ts'

let made: NamespacesData | null = null
const started: ChildHost[] = []

afterEach(async () => {
  await Promise.all(started.splice(0).map((child) => child.kill()))
  if (made !== null) await Namespaces.remove(made)
  made = null
})

async function names(): Promise<string[]> {
  const { output } = await command('ip', ['netns', 'list'])
  return output.split('\n').map((line) => line.split(' ')[0]!)
}

describe.skipIf(withoutNamespaces)('namespaces', () => {
  // Each command to the kernel takes a while on a busy machine.
  const timeout = 300_000

  test('what is cut one way arrives the other way, and both ways when the cut is over', {
    timeout,
  }, async () => {
    made = await Namespaces.make(2)
    const network = new Namespaces(made)
    await network.prepare()
    const [a, b] = [0, 1].map((at) => {
      const program = new URL('./datagrams.ts', import.meta.url)
      const child = new ChildHost({ program, ...network.place(at), execArgv: typescript })
      started.push(child)
      return child
    }) as [ChildHost, ChildHost]
    const [toA, toB] = network.addresses.map((address) => address.split(':')[0]!) as [string, string]
    const send = (from: ChildHost, to: string, text: string): Promise<string[]> =>
      from.ask({ to, text }) as Promise<string[]>
    const arrived = async (from: ChildHost, to: string, text: string, at: ChildHost): Promise<void> => {
      // Whoever is not known yet, or is not there yet, is lost what is sent: each look sends again.
      const own = at === a ? toA : toB
      for (;;) {
        await send(from, to, text)
        if ((await send(at, own, 'look')).includes(text)) return
      }
    }
    await arrived(a, toB, 'before', b)
    await network.set({ cuts: [{ from: 0, to: 1 }], lines: [] })
    for (let i = 0; i < 5; i++) {
      await send(a, toB, 'cut')
      await arrived(b, toA, `back ${i}`, a)
    }
    expect(await send(b, toB, 'look')).not.toContain('cut')
    await network.set(FAIR)
    await arrived(a, toB, 'after', b)
    // What was sent while it was cut is lost, not late.
    expect(await send(b, toB, 'look')).not.toContain('cut')
  })

  test('bad lines get good again, and carry meanwhile', { timeout }, async () => {
    made = await Namespaces.make(2)
    const network = new Namespaces(made)
    await network.prepare()
    const bad = { delayMs: 20, jitterMs: 5, lossPercent: 3, duplicatePercent: 3, reorderPercent: 10 }
    const shown = async (): Promise<string> =>
      (await command('tc', ['-n', made!.router, 'qdisc', 'show'])).output
    await network.set({ cuts: [], lines: [{ place: 1, ...bad }] })
    expect(await shown()).toMatch(/^qdisc (tbf|netem) .* dev h1 root/m)
    await network.set({ cuts: [], lines: [{ place: 0, ...bad }] })
    expect(await shown()).not.toMatch(/^qdisc (tbf|netem) .* dev h1 /m)
    await network.set(FAIR)
    expect(await shown()).not.toMatch(/^qdisc (tbf|netem) .* dev h0 /m)
  })

  test('what a run has left that is gone is removed; what one has that goes on stays', {
    timeout,
  }, async () => {
    const child = spawn(process.execPath, ['-e', ''])
    await once(child, 'exit')
    const left = `rafted-cuts-${child.pid}-router`
    await command('ip', ['netns', 'add', left])
    made = await Namespaces.make(1)
    expect(await names()).not.toContain(left)
    await removeLeftOvers()
    expect(await names()).toContain(made.router)
    await Namespaces.remove(made)
    expect(await names()).not.toContain(made.router)
  })
})
