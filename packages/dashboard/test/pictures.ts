/** `npm run pictures`: makes the pictures of docs/dashboard.md anew, of a fleet that runs on this machine meanwhile. */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { type Fleet, openFleet } from 'rafted'
import { openDashboard } from '../src/index.ts'
import { findChromium, launch } from './browser.ts'
import { tally } from './scene.ts'

const IDS = ['fra-1', 'fra-2', 'par-1', 'par-2', 'zrh-1', 'zrh-2']
const ZONES: Record<string, string> = { fra: 'Frankfurt', par: 'Paris', zrh: 'Zürich' }
const NAMES = ['orders', 'stock', 'baskets', 'prices', 'sessions', 'invoices', 'shipping', 'audit']
const WATCHED = 'orders/1'
const SECONDS = 70

const images = fileURLToPath(new URL('../../../docs/images/', import.meta.url))
const executable = findChromium()
if (executable === null) throw new Error('There is no Chromium: install it, or name it in CHROMIUM.')
const directory = mkdtempSync(join(tmpdir(), 'pictures-'))
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function fleetOnFiles(): Promise<Fleet[]> {
  const ports = await Promise.all(IDS.map(freePort))
  const addresses = ports.map((port) => `127.0.0.1:${port}`)
  const open = (id: string, i: number): Promise<Fleet> =>
    openFleet({
      id,
      cluster: 'shop',
      listen: addresses[i]!,
      dir: join(directory, id),
      machines: { tally },
      join: addresses,
    })
  const fleets = await Promise.all(IDS.map(open))
  await fleets[0]!.initialise()
  for (const fleet of fleets) await fleet.activate({ zone: ZONES[fleet.id.slice(0, 3)]! })
  for (const name of NAMES)
    for (const i of [1, 2, 3]) await fleets[0]!.addGroup(`${name}/${i}`, { machine: 'tally' })
  return fleets
}

const fleets = await fleetOnFiles()
const groups = await fleets[0]!.groups()
const watched = groups.find(({ name }) => name === WATCHED)!
// Of the host that the watched group has its second member on: it follows.
const fleet = fleets.find(({ id }) => id === watched.hosts[1])!
const dashboard = await openDashboard(fleet.host, { fleet, actions: true, everyMs: 500 })
let isOver = false
const load = async (name: string, ms: number): Promise<void> => {
  const value = fleet.value(name, tally)
  for (let i = 0; !isOver; i++) {
    await dashboard.timed(() => value.add(1)).catch(() => {})
    await pause(ms * (1 + 0.7 * Math.sin(i / 60)))
  }
}
const loads = groups.map(({ name }, i) => load(name, name === WATCHED ? 6 : 60 + i * 25))
await pause((SECONDS * 1000) / 2)
await fleet.client.transferLeadership(watched.raft, null)
await pause((SECONDS * 1000) / 3)

const browser = await launch(executable)
async function picture(
  name: string,
  hash: string,
  options: BrowserContextOptions,
  before: (page: Page) => Promise<void> = async () => {},
): Promise<void> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, ...options })
  const page = await context.newPage()
  await page.goto(dashboard.url)
  await page.evaluate((to) => location.assign(to), hash)
  await page.getByText('live', { exact: true }).waitFor()
  await before(page)
  await page.screenshot({ path: `${images}${name}.png` })
  await context.close()
}

const group = `#/group/${encodeURIComponent(watched.raft)}`
await picture('dashboard-overview', '#/', { colorScheme: 'light' })
await picture('dashboard-placement', '#/placement', { colorScheme: 'light' }, async (page) => {
  await page.getByText('over 3 zones').waitFor()
})
const telephone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }
await picture('dashboard-telephone', group, { ...telephone, colorScheme: 'light' }, async (page) => {
  await page.getByText('★ leader').waitFor()
})
await picture('dashboard-group', group, { colorScheme: 'dark' }, async (page) => {
  await page.getByText('★ leader').waitFor()
  // Lines that only the page draws take a while.
  await pause(12_000)
})
await browser.close()
isOver = true
await Promise.all(loads)
await dashboard.close()
for (const one of fleets) await one.close()
rmSync(directory, { recursive: true })
