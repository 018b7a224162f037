/** The page in a real browser, started once. Where there is no Chromium this is skipped, and counted as that, but not where all counts. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bundle } from '../build/bundle.ts'
import { type Served, serve } from '../build/serve.ts'
import { decodeScenario } from '../src/world/link.ts'

const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

function chromiumPath(): string | null {
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    const { status, stdout } = spawnSync('which', [name], { encoding: 'utf8' })
    if (status === 0) return stdout.trim()
  }
  return null
}

const executablePath = chromiumPath()

describe.skipIf(executablePath === null && process.env.CI !== 'true')('the page', () => {
  const directory = mkdtempSync(join(tmpdir(), 'rafted-playground-'))
  let served: Served
  let browser: BrowserContext
  let page: Page
  /** Errors, refused resources, and requests that leave the machine. */
  const wrong: string[] = []

  beforeAll(async () => {
    served = await serve(await bundle(), 0)
    browser = await chromium.launchPersistentContext(join(directory, 'profile'), {
      executablePath: executablePath ?? 'chromium',
      args: flags,
      viewport: { width: 1400, height: 1000 },
      permissions: ['clipboard-read', 'clipboard-write'],
    })
    page = browser.pages()[0] ?? (await browser.newPage())
    page.on('pageerror', (error) => wrong.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error') wrong.push(message.text())
    })
    page.on('request', (request) => {
      if (!request.url().startsWith(served.url)) wrong.push(request.url())
    })
  }, 120_000)

  afterAll(async () => {
    await browser?.close()
    await served?.close()
    rmSync(directory, { recursive: true, force: true })
  })

  /** Another page altogether, not another place in this one. */
  async function open(hash: string): Promise<void> {
    await page.goto('about:blank')
    await page.goto(served.url + hash)
    await page.waitForSelector('.member')
  }

  /** As often as a frame is drawn, until it is so. */
  async function until(isSo: string): Promise<void> {
    while (!(await page.evaluate(isSo))) await drawn()
  }

  const text = (selector: string): Promise<string | null> => page.locator(selector).textContent()
  const seek = (at: number): Promise<void> =>
    page.locator('#slider').evaluate((slider, value) => {
      ;(slider as HTMLInputElement).value = String(value)
      slider.dispatchEvent(new Event('input'))
    }, at)
  const drawn = (): Promise<void> =>
    page.evaluate(
      () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done()))),
    )

  test('begins with a story, plays it and says how it ended', async () => {
    await open('')
    expect(await text('#story-title')).toBe('A leader is elected')
    expect(await page.locator('.member').count()).toBe(5)
    await page.selectOption('#speed', '1')
    await page.click('#play')
    await until(`document.querySelectorAll('#endings:not([hidden]) li').length > 0`)
    expect(await page.locator('#endings .so').count()).toBe(3)
    expect(await page.locator('#endings .not-so').count()).toBe(0)
    expect(await page.locator('.member.leader .name').textContent()).toBe('S3')
    expect(await page.locator('#play').getAttribute('aria-label')).toBe('Play')
    expect(await page.locator('.log .entry.committed').count()).toBe(25)
  })

  test('is scrubbed, and gone on from: what is done in the past begins another future', async () => {
    await open('#story=old-leader')
    await seek(3300)
    await drawn()
    expect(await page.locator('.cuts > g').count()).toBe(12)
    const clock = await text('#clock')
    expect(clock).toBe('3.30 s / 4.99 s')
    await page.keyboard.press('4')
    await page.keyboard.press('k')
    await drawn()
    expect(await page.locator('.member.down .name').textContent()).toBe('S4')
    expect(await text('#told')).toMatch(/Another future begins here/)
    expect(await text('#clock')).toBe('3.30 s / 3.30 s')
    expect(await text('#caption')).toBe('From here on it is your own story.')
    // The way back leads to where S4 still ran.
    await page.locator('#happenings button', { hasText: 'S4 leads term 3' }).click()
    await drawn()
    expect(await page.locator('.member.leader .name').textContent()).toBe('S4')
  })

  test('a message is chosen and lost; a member is slowed, cut off, asked and removed', async () => {
    await open('#story=calm-start')
    await seek(1160)
    await drawn()
    const before = await page.locator('.flight[data-message]').count()
    expect(before).toBeGreaterThan(2)
    await page.locator('.flight[data-message]').first().dispatchEvent('click')
    await drawn()
    expect(await text('#message-text')).toMatch(/^S\d → S\d, \S+ of term \d: /)
    await page.click('#drop')
    await drawn()
    expect(await page.locator('.flight[data-message]').count()).toBe(before - 1)
    expect(await page.locator('#message-card').isHidden()).toBe(true)

    await open('#story=calm-start')
    await page.keyboard.press('End')
    await page.locator('[data-member="5"]').focus()
    await page.keyboard.press('Enter')
    await drawn()
    expect(await text('#member-title')).toBe('S5')
    await page.click('#act-disk-stalled')
    await page.click('#act-cut')
    await drawn()
    expect(await text('[data-member="5"] .more')).toContain('disk stalled')
    expect(await page.locator('#act-disk-stalled').getAttribute('aria-pressed')).toBe('true')
    expect(await page.locator('.cuts > g').count()).toBe(8)
    await page.click('#group-heal')
    await page.locator('[data-link="1-2"]').dispatchEvent('click')
    await drawn()
    expect(await page.locator('.cuts > g').count()).toBe(2)
    await page.locator('[data-link="1-2"]').dispatchEvent('click')
    await page.click('#act-disk-quick')
    await page.click('#group-add')
    await drawn()
    expect(await page.locator('.member').count()).toBe(6)
    await page.selectOption('#speed', '1')
    await page.click('#play')
    // Its promotion is committed, as everybody knows: there is no change under way any more.
    await until(`document.querySelector('[data-member="6"]')?.classList.contains('is-voter')`)
    await until(`document.querySelector('.log .entry.open') === null`)
    await page.click('#play')
    await page.click('#act-remove')
    await page.click('#play')
    await until(`document.querySelector('[data-member="5"] .role').textContent.match(/removed|no member/)`)
  })

  test('a rule that a lying disk breaks is shown, and so is the member that stopped by an invariant', async () => {
    await open('#story=lying-disk')
    await page.keyboard.press('End')
    await drawn()
    expect(await text('#broken')).toMatch(
      /Leader Completeness[\s\S]*State Machine Safety[\s\S]*Invariant of the core/,
    )
    expect(await page.locator('.member.stopped .name').textContent()).toBe('S1')
  })

  test('a moment is shared as a link, which leads to it', async () => {
    await open('#story=figure-8')
    await seek(5000)
    await page.click('#share')
    await until(`!document.getElementById('told').hidden`)
    const link = await page.evaluate(() => navigator.clipboard.readText())
    expect(link).toBe(page.url())
    const scenario = decodeScenario(new URL(link).hash.slice(1))
    expect(scenario.end.at).toBe(5000)
    const standing = await page.locator('.members').textContent()
    const logs = await page.locator('.log').textContent()
    await open(new URL(link).hash)
    await drawn()
    expect(await text('#story-title')).toBe('A shared scenario')
    expect(await page.locator('.members').textContent()).toBe(standing)
    expect(await page.locator('.log').textContent()).toBe(logs)
  })

  test('a hostile link is refused with a message, and nothing in it is run', async () => {
    for (const [hash, said] of [
      ['#1_5_1_zzzz.a', /can't be read/],
      ['#9_5_1_a.a', /version 9/],
      ['#story=<img src=x onerror=alert(1)>', /no story of this name/],
      ['#%3Cscript%3E', /no scenario/],
    ] as const) {
      await open(hash)
      await until(`!document.getElementById('told').hidden`)
      expect(await text('#told')).toMatch(said)
      expect(await page.locator('.member').count()).toBe(5)
    }
  })

  test('files are opened: a scenario script of the core, and what is none', async () => {
    await open('')
    const script = new URL('../../packages/core/test/scenarios/scripts/figure_8.txt', import.meta.url)
    await page.setInputFiles('#file', {
      name: 'figure_8.txt',
      mimeType: 'text/plain',
      buffer: readFileSync(script),
    })
    await until(`document.getElementById('story-title').textContent === 'figure 8'`)
    await page.keyboard.press('End')
    await drawn()
    expect(await page.locator('.member.leader .name').textContent()).toBe('S5')
    expect(await page.locator('#group-card').isHidden()).toBe(true)
    await page.keyboard.press('p')
    await drawn()
    expect(await text('#told')).toMatch(/can only be watched|Nobody leads/)
    const file = join(directory, 'other.json')
    writeFileSync(file, '{"format":"<b>"}')
    await page.setInputFiles('#file', file)
    await until(`/no recording/.test(document.getElementById('told').textContent)`)
  })

  test('names stand beside logs that are wider than their place, and nothing of them shows through', async () => {
    await open('')
    const sets = Array.from({ length: 3 }, (_, at) => ({
      at: 0,
      member: 'abc'[at],
      set: {
        state: 'up',
        role: 'follower',
        term: 1,
        base: 0,
        last: 60,
        runs: [[1, 1]],
        commit: 60,
        durable: 60,
      },
    }))
    const recording = {
      format: 'rafted-recording',
      version: 1,
      title: 'wide',
      text: '',
      members: ['a', 'b', 'c'],
    }
    await page.setInputFiles('#file', {
      name: 'wide.json',
      mimeType: 'application/json',
      buffer: Buffer.from(
        JSON.stringify({ ...recording, events: [...sets, { at: 1, note: 'end', tone: 'event' }] }),
      ),
    })
    await until(`document.getElementById('story-title').textContent === 'wide'`)
    await page.keyboard.press('End')
    await drawn()
    const shown = await page.locator('.log-scroller').evaluate((scroller) => {
      scroller.scrollIntoView()
      scroller.scrollLeft = 400
      const { left } = scroller.getBoundingClientRect()
      const rows = [...scroller.querySelectorAll('tr')].map((row) => row.getBoundingClientRect())
      return rows.map(({ top, height }) => document.elementFromPoint(left + 4, top + height / 2)?.tagName)
    })
    expect(shown).toEqual(['TH', 'TH', 'TH', 'TH'])
    const gap = await page
      .locator('.log th')
      .nth(0)
      .evaluate((th) => getComputedStyle(th).boxShadow)
    expect(gap).toContain('3px')
  })

  test('at the width of a phone nothing is wider than it, and seven members are drawn smoothly', async () => {
    await page.setViewportSize({ width: 375, height: 800 })
    await page.emulateMedia({ colorScheme: 'dark' })
    await open('#1_7_2_1.1')
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(375)
    expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe('dark')
    await page.click('#theme')
    expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe('light')
    await page.click('#theme')
    await page.click('#play')
    await until(`document.querySelectorAll('.flight[data-message]').length >= 6`)
    // What drawing costs where nothing else comes in between, not how often a busy machine comes to it.
    const ms = await page.evaluate(async () => {
      const durations: number[] = []
      const own = window.requestAnimationFrame.bind(window)
      window.requestAnimationFrame = (draw) =>
        own((now) => {
          const began = performance.now()
          draw(now)
          durations.push(performance.now() - began)
        })
      await new Promise<void>((done) => {
        const look = (): void => {
          if (durations.length >= 60) done()
          else own(look)
        }
        look()
      })
      return durations.sort((a, b) => a - b)[durations.length >> 2]!
    })
    expect(ms).toBeLessThan(16)
    await page.setViewportSize({ width: 1400, height: 1000 })
    await page.emulateMedia({ colorScheme: 'light' })
  })

  test('nothing but the page is served', async () => {
    for (const path of ['package.json', '..%2fpackage.json', 'constructor', 'main.ts'])
      expect((await fetch(served.url + path)).status, path).toBe(404)
    expect((await fetch(served.url, { method: 'POST' })).status).toBe(404)
  })

  test('in all this nothing went wrong, and nothing but the page itself was asked for', () => {
    expect(wrong).toEqual([])
  })
})
