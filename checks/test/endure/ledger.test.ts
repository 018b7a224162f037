import { openHosts } from 'rafted-memory'
import { expect, test } from 'vitest'
import { GROUP, hashed, ledger } from '../../src/endure/ledger.ts'

test('lists are read by their places, cut, and keep their length and hash; registers are written and swapped', async () => {
  const [host] = await openHosts('a')
  await using _ = host!
  await host!.createGroup(GROUP, { machine: ledger })
  const value = host!.value(GROUP, ledger)
  const weight = new Uint8Array(10)
  for (let item = 1; item <= 5; item++) expect(await value.append('w', item, weight)).toBe(item - 1)
  const hash = [1, 2, 3, 4, 5].reduce(hashed, 0)
  expect(await value.page('w', 1, 2)).toEqual({ from: 1, items: [2, 3], length: 5, hash })
  await value.cut('w', 3)
  await value.cut('w', 2)
  expect(await value.page('w', 0, 9)).toEqual({ from: 3, items: [4, 5], length: 5, hash })
  expect(await value.append('w', 6, weight)).toBe(5)
  expect(await value.write(1, 7)).toBe(0)
  expect(await value.swap(1, 6, 8)).toBe(7)
  expect(await value.swap(1, 7, 8)).toBe(7)
  expect(await value.read(1)).toBe(8)
})

test('a snapshot holds all of it, and is not changed by what comes later', async () => {
  const hosts = await openHosts('a', 'b')
  await using a = hosts[0]!
  await using b = hosts[1]!
  await a.createGroup(GROUP, { machine: ledger, settings: { snapshotMinBytes: 1024 } })
  const value = a.value(GROUP, ledger)
  for (let item = 1; item <= 200; item++) await value.append(`w${item % 3}`, item, new Uint8Array(100))
  await value.cut('w1', 20)
  await value.write(3, 4)
  // The second one, up to which the log is cut, is taken a while after the first.
  while (a.status(GROUP)!.snapshotIndex === 0) await new Promise((resolve) => setImmediate(resolve))
  await b.group(GROUP, { machine: ledger, join: ['a'] })
  const text = await value.text()
  const stale = b.value(GROUP, ledger).with({ read: 'stale' })
  while ((b.status(GROUP)?.appliedIndex ?? 0) < a.status(GROUP)!.lastIndex)
    await new Promise((resolve) => setImmediate(resolve))
  expect(await stale.text()).toBe(text)
  expect(text).toContain('"writer":"w1","cut":20')
})

test('it stays small: old registers go, and lists that nobody audits take no more', async () => {
  const [host] = await openHosts('a')
  await using _ = host!
  await host!.createGroup(GROUP, { machine: ledger })
  const value = host!.value(GROUP, ledger)
  await value.write(1, 5)
  await value.write(65, 5)
  await expect(value.write(1, 6)).rejects.toMatchObject({ code: 'command-error', outcome: 'not-applied' })
  await expect(value.read(1)).rejects.toMatchObject({ outcome: 'not-applied' })
  expect(JSON.parse(await value.text())).toEqual([{ register: 65, value: 5 }])
  for (let writer = 0; writer < 64; writer++) await value.append(`w${writer}`, 1, new Uint8Array())
  await expect(value.append('one more', 1, new Uint8Array())).rejects.toMatchObject({ code: 'command-error' })
})
