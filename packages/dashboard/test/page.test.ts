/** The page in a real Chromium: one of it, launched once. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Dashboard, openDashboard } from '../src/index.ts'
import { tokenOf } from './asking.ts'
import { findChromium, launch } from './browser.ts'
import { MadeUpHost, madeUpFleet, madeUpStatus } from './made-up.ts'
import { tally, threeHosts } from './scene.ts'

const chromium = findChromium()

// Where it is missing all of this is skipped, and counted; where nothing may be skipped for want of a program, that is a failure.
test.skipIf(chromium === null && process.env.CI !== 'true')('there is a Chromium', () =>
  expect(chromium).not.toBeNull(),
)

describe.skipIf(chromium === null)('the page', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launch(chromium!)
  })
  afterAll(() => browser?.close())

  const opened: { close(): Promise<unknown> }[] = []
  /** What the browser complained of: violations of the policy, errors of scripts. */
  const complaints: string[] = []
  /** Whatever was asked of anybody but the dashboard. */
  const strangers: string[] = []
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((one) => one.close()))
    expect([complaints.splice(0), strangers.splice(0)]).toEqual([[], []])
  })

  async function show(dashboard: Dashboard, options: BrowserContextOptions = {}, hash = ''): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 1360, height: 900 }, ...options })
    opened.push(context, dashboard)
    const page = await context.newPage()
    page.on('console', (message) => {
      // That an answer was a refusal is told by the browser, too.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
        complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('request', (request) => {
      if (new URL(request.url()).port !== String(dashboard.port)) strangers.push(request.url())
    })
    await page.goto(dashboard.url)
    if (hash !== '') await page.evaluate((to) => location.assign(to), hash)
    return page
  }

  async function real(actions: boolean) {
    const hosts = await threeHosts()
    for (const host of hosts) opened.push(host)
    return { hosts, dashboard: await openDashboard(hosts[0], { actions, everyMs: 250 }) }
  }

  test('shows a group with its members as they are, and who leads next; leadership is handed over, and a member removed, once that was confirmed', async () => {
    const { hosts, dashboard } = await real(true)
    const page = await show(dashboard)
    // The token is gone from the address at once, and a reload still knows it.
    await page.waitForURL((url) => url.hash === '#/')
    await page.reload()
    await page.getByRole('option', { name: 'orders' }).click()
    await page.waitForURL((url) => url.hash === '#/group/orders')
    const row = (host: string) =>
      page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: new RegExp(`^${host} `) }) })
    await row('a').getByText('★ leader').waitFor()
    await row('b').getByText('● follower').waitFor()
    await dashboard.timed(() => hosts[1].value('orders', tally).add(1))
    await page.waitForFunction(
      (commit) => document.querySelector('dl.tiles')?.textContent?.includes(String(commit)),
      hosts[0].status('orders')!.commitIndex,
    )

    await row('b').getByRole('button', { name: 'Hand orders over to b' }).click()
    const question = page.getByRole('dialog')
    // Whoever hesitates has done nothing: Escape, and the button that has the focus.
    await page.keyboard.press('Escape')
    await question.waitFor({ state: 'detached' })
    await row('b').getByRole('button', { name: 'Hand orders over to b' }).click()
    await question.waitFor()
    await page.keyboard.press('Enter')
    await question.waitFor({ state: 'detached' })
    expect(hosts[0].status('orders')!.role).toBe('leader')
    await row('b').getByRole('button', { name: 'Hand orders over to b' }).click()
    await question.getByRole('button', { name: 'Make leader' }).click()
    await row('b').getByText('★ leader').waitFor()
    expect(hosts[1].status('orders')!.role).toBe('leader')
    await page.getByRole('img', { name: /^Leaders of the last minutes: .*term \d+ b/ }).waitFor()

    await row('c').getByRole('button', { name: 'Remove c from orders' }).click()
    const remove = question.getByRole('button', { name: 'Remove' })
    expect(await remove.isDisabled()).toBe(true)
    await question.getByRole('textbox').fill('b')
    expect(await remove.isDisabled()).toBe(true)
    await question.getByRole('textbox').fill('c')
    await remove.click()
    await page.getByText('The member has been removed.').waitFor()
    await row('c').waitFor({ state: 'detached' })
    expect(
      hosts[1]
        .status('orders')!
        .configuration!.configuration.voters.map(({ host }) => host)
        .sort(),
    ).toEqual(['a', 'b'])
  })

  test('only shows, unless it may act; says what it no longer knows, and what it needs', async () => {
    const { dashboard } = await real(false)
    const page = await show(dashboard, {}, '#/group/orders')
    await page.getByText('read-only').waitFor()
    await page.getByText('★ leader').waitFor()
    expect(await page.locator('main button:visible').count()).toBe(0)
    const { port } = dashboard
    await dashboard.close()
    await page.getByText('no answer: this is of before').waitFor()
    // Another dashboard at the same place has another token.
    const host = new MadeUpHost()
    const next = await openDashboard(host, { port })
    opened.push(next)
    await page.getByRole('heading', { name: 'This page needs its token' }).waitFor()
    expect(await page.locator('aside').isVisible()).toBe(false)
    await page.evaluate((token) => location.assign(`#token=${token}`), tokenOf(next))
    await page.getByRole('option', { name: /^g/ }).waitFor()
  })

  test('offers to hand over what is led here where something is', async () => {
    const { hosts, dashboard } = await real(true)
    const page = await show(dashboard)
    const button = page.getByRole('button', { name: 'Hand over what is led here' })
    await button.waitFor()
    // A page that belongs to no host has the same groups, and leads none.
    const client = hosts[0].client
    const status = (name: string) => client.status(name).catch(() => null)
    const viewer = { id: 'viewer', client, groups: () => ['orders'], status }
    const other = await show(await openDashboard(viewer, { actions: true, everyMs: 250 }))
    await other.getByText('elsewhere, a leads', { exact: false }).waitFor()
    expect(await other.getByRole('button', { name: 'Hand over what is led here' }).count()).toBe(0)
  })

  test('the largest value of a chart stands above what is drawn', async () => {
    const { dashboard } = await real(false)
    const page = await show(dashboard)
    await page.getByRole('heading', { name: 'Host a' }).waitFor()
    const chart = page.locator('.plot').first()
    const value = (await chart.locator('.axis').boundingBox())!
    const drawn = (await chart.locator('svg').boundingBox())!
    expect(value.y + value.height).toBeLessThanOrEqual(drawn.y)
    expect(drawn.height).toBe(120)
  })

  test('a thousand groups: only those in sight are drawn; they are searched, and gone through by keys', async () => {
    const statuses = Array.from({ length: 1000 }, (_, i) => {
      const over = i === 500 ? { leader: null, role: 'follower' as const } : {}
      return [`room-${i}`, madeUpStatus(over)] as const
    })
    const page = await show(
      await openDashboard(new MadeUpHost(Object.fromEntries(statuses)), { everyMs: 250 }),
    )
    await page.getByText('1,000 groups').waitFor()
    const options = page.getByRole('option')
    expect(await options.count()).toBeLessThan(40)
    await page.locator('.list').evaluate((list) => list.scrollTo(0, list.scrollHeight))
    await page.getByRole('option', { name: 'room-999' }).waitFor()
    expect(await options.count()).toBeLessThan(40)
    expect(await page.getByRole('option', { name: 'room-999' }).getAttribute('aria-posinset')).toBe('1000')

    await page.getByRole('button', { name: 'Trouble' }).click()
    await page.getByText('1 of 1,000 groups').waitFor()
    await page.getByRole('option', { name: /room-500.*no leader/ }).waitFor()
    await page.getByRole('button', { name: 'All' }).click()
    // From anywhere: a slash, what is searched for, down, and Enter.
    await page.locator('main').focus()
    await page.keyboard.press('/')
    await page.keyboard.type('room-77')
    await page.getByText('11 of 1,000 groups').waitFor()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('End')
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('Enter')
    await page.waitForURL((url) => url.hash === '#/group/room-778')
    await page.getByRole('heading', { name: 'room-778' }).waitFor()
    // No look takes so long that somebody would see it: what is drawn is drawn within a few frames.
    const longest = await page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          const list = document.querySelector('.list')!
          const frames: number[] = []
          const step = (at: number): void => {
            frames.push(at)
            list.scrollTop = (frames.length * 700) % list.scrollHeight
            if (frames.length < 60) requestAnimationFrame(step)
            else resolve(Math.max(...frames.slice(1).map((now, i) => now - frames[i]!)))
          }
          requestAnimationFrame(step)
        }),
    )
    expect(longest).toBeLessThan(1000)
  })

  test('a name is text, whatever stands in it', async () => {
    const name = '<img src=x onerror=alert(1)>/"\'&%2F#?'
    const page = await show(await openDashboard(new MadeUpHost({ [name]: madeUpStatus() })))
    await page.getByRole('option').filter({ hasText: name }).click()
    await page.getByRole('heading', { name }).waitFor()
    await page.reload()
    await page.getByRole('heading', { name }).waitFor()
    expect(await page.locator('img').count()).toBe(1)
  })

  test('on a telephone there is one thing at a time, and nothing is cut off; charts are read by keys', async () => {
    const { dashboard } = await real(true)
    const page = await show(dashboard, {
      viewport: { width: 360, height: 740 },
      colorScheme: 'dark',
      hasTouch: true,
    })
    const fits = () => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)
    await page.getByRole('heading', { name: 'Host a' }).waitFor()
    expect(await page.locator('aside').isVisible()).toBe(false)
    const chart = page.getByRole('img', { name: /^Committed entries, now: / })
    await chart.focus()
    await page.keyboard.press('ArrowLeft')
    await page
      .getByRole('img', { name: /^Committed entries, \d+ s ago: |^Committed entries, 0 s ago/ })
      .waitFor()
    expect(await fits()).toBe(true)
    await page.getByRole('link', { name: 'Groups' }).click()
    await page.getByRole('option', { name: 'orders' }).tap()
    await page.getByText('★ leader').waitFor()
    expect(await fits()).toBe(true)
    const dark = await page.evaluate(() => getComputedStyle(document.body.parentElement!).backgroundColor)
    await page.getByRole('button', { name: 'Light or dark' }).click()
    expect(
      await page.evaluate(() => getComputedStyle(document.body.parentElement!).backgroundColor),
    ).not.toBe(dark)
  })

  test('a fleet: where its groups are, and a host that is drained once its name was typed', async () => {
    const fleet = madeUpFleet()
    const page = await show(await openDashboard(new MadeUpHost(), { fleet, actions: true, everyMs: 250 }))
    await page.getByRole('link', { name: 'Placement' }).click()
    await page.getByText('2 groups over 3 zones').waitFor()
    for (const zone of ['east', 'north', 'west']) await page.getByRole('heading', { name: zone }).waitFor()
    await page.getByRole('option', { name: 'room/1' }).waitFor()
    await page.getByRole('button', { name: 'Drain this host' }).click()
    await page.getByRole('textbox', { name: 'Type a' }).fill('a')
    await page.getByRole('dialog').getByRole('button', { name: 'Drain' }).click()
    await page.getByText('is being drained', { exact: false }).first().waitFor()
    await page.locator('.zones').getByText('this host, is being drained').waitFor()
  })
})
