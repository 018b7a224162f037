/** The whole site is built, as it is published. */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../src/pages.ts'

test('each link, each place on a page, and nothing from elsewhere', () => {
  const program = join(root, 'site/src/main.ts')
  const printed = execFileSync(process.execPath, ['--import', 'tsx', program, '--base', '/rafted/'], {
    cwd: root,
    encoding: 'utf8',
  })
  const [, pages, links, wrong] = /^site\/dist: (\d+) pages, (\d+) links, (\d+) of them wrong$/m.exec(
    printed,
  )!
  expect([Number(pages) > 90, Number(links) > 10_000, wrong]).toEqual([true, true, '0'])
  // The reference says what docstrings say.
  const page = readFileSync(join(root, 'site/dist/reference/client.html'), 'utf8')
  expect(page).toContain('id="createClient"')
  expect(page).toContain('Finds leaders, retries, and keeps sessions')
  // The playground is beside the pages, whose bar leads to it.
  expect(readFileSync(join(root, 'site/dist/index.html'), 'utf8')).toContain(
    'href="/rafted/playground/index.html"',
  )
  expect(readdirSync(join(root, 'site/dist/playground')).sort()).toEqual(
    readdirSync(join(root, 'playground/dist')).sort(),
  )
  // What is searched in is a part of the site.
  const chunks = readdirSync(join(root, 'site/dist/assets/chunks'))
  expect(chunks.some((name) => name.startsWith('@localSearchIndex'))).toBe(true)
}, 300_000)
