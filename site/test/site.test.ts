/** Where pages are on the site, where their links lead, what stands at its side; and that a site which doesn't hold together is told. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { anchorOf } from '../src/anchors.ts'
import { checkBuilt } from '../src/built.ts'
import { linkOnSite } from '../src/links.ts'
import { navigation, sections } from '../src/navigation.ts'
import { pageFiles, root, titleOf } from '../src/pages.ts'
import { isShown, routeOf } from '../src/routes.ts'

/** Pages that are made when the site is. */
const made = ['site/reference/README.md', 'site/reference/client.md', 'site/reference/host.worker.md']
const files = [...pageFiles().filter((file) => !file.startsWith('site/')), ...made].sort()
const titled = (file: string): string => (made.includes(file) ? file : titleOf(file))

describe('a page of the repository', () => {
  test.each([
    ['README.md', 'index.md'],
    ['docs/fleet.md', 'fleet.md'],
    ['docs/recipes/kv.md', 'recipes/kv.md'],
    ['packages/transport-tcp/README.md', 'packages/transport-tcp.md'],
    ['examples/queue/README.md', 'examples/queue.md'],
    ['docs/api/client.md', 'reference/client.md'],
    ['site/reference/client.md', 'reference/client.md'],
    ['CONTRIBUTING.md', 'contributing.md'],
  ])('%s is %s', (file, route) => {
    expect(routeOf(file)).toBe(route)
  })

  test.each(['packages/core/test/scenarios/README.md', '.changeset/fleets.md', 'packages/core/src/core.ts'])(
    '%s is none',
    (file) => {
      expect(routeOf(file)).toBe(null)
    },
  )

  test('has a place of its own', () => {
    const routes = files.map(routeOf)
    expect(new Set(routes).size).toBe(routes.length)
    expect(isShown('docs/api/client.md')).toBe(false)
    expect(isShown('docs/api/README.md')).toBe(true)
  })

  test('is shown, if git knows it and it is written for readers', () => {
    const tracked = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.md'], {
      cwd: root,
      encoding: 'utf8',
    })
      .trim()
      .split('\n')
    const elsewhere = tracked.filter((file) => !files.includes(file))
    expect(
      elsewhere.filter((file) => !/^(\.changeset|\.github|docs\/api)\/|\/CHANGELOG\.md$/.test(file)),
    ).toEqual(['packages/core/test/scenarios/README.md'])
  })
})

describe('the side of the site', () => {
  const groups = navigation(files, titled)
  const links = groups.flatMap(({ entries }) => entries.map(({ link }) => link))

  test('has each page once; the first one is behind the name', () => {
    const pages = files
      .filter((file) => file !== 'README.md')
      .map((file) => `/${routeOf(file)!.slice(0, -3)}`)
    expect(links.toSorted()).toEqual(pages.toSorted())
  })

  test('names only pages that are there', () => {
    for (const { pages } of sections)
      for (const page of pages) if (!page.endsWith('/')) expect(files).toContain(page)
  })

  test('shows the titles of the pages', () => {
    const [start] = groups
    expect(start!.entries[0]).toEqual({ text: 'Getting started', link: '/getting-started' })
  })

  test('has a new page of a directory among the others there', () => {
    const more = navigation([...files, 'docs/recipes/new.md', 'docs/new.md'], (file) => file)
    const sectionOf = (link: string) =>
      more.find(({ entries }) => entries.some((entry) => entry.link === link))?.section.title
    expect(sectionOf('/recipes/new')).toBe('Recipes')
    expect(sectionOf('/new')).toBe('More')
  })
})

describe('a link', () => {
  const on = (from: string, href: string): string => linkOnSite(root, from, href)

  test.each([
    ['docs/fleet.md', 'errors.md#errors', '/errors.md#errors'],
    ['docs/fleet.md', '../packages/core/README.md', '/packages/core.md'],
    ['packages/core/README.md', '../../README.md', '/index.md'],
    ['docs/api/README.md', 'host.worker.md', '/reference/host.worker.md'],
    ['docs/fleet.md', '#start', '#start'],
    ['docs/fleet.md', 'https://example.com/a.md', 'https://example.com/a.md'],
    ['docs/fleet.md', '../package.json', 'https://github.com/rafted/rafted/blob/main/package.json'],
    ['docs/fleet.md', '../packages/core/src', 'https://github.com/rafted/rafted/tree/main/packages/core/src'],
  ])('of %s to %s is %s', (from, href, link) => {
    expect(on(from, href)).toBe(link)
  })

  test('to nothing ends the build', () => {
    expect(() => on('docs/fleet.md', 'gone.md')).toThrow('docs/fleet.md: gone.md leads nowhere')
    expect(() => on('docs/fleet.md', '../../outside.md')).toThrow('leads nowhere')
  })

  test('to a heading finds it by the name that it has in the repository', () => {
    expect(anchorOf('Two `words`, and more')).toBe('two-words-and-more')
    expect(anchorOf("What isn't")).toBe('what-isnt')
  })
})

describe('a built site', () => {
  const sound = {
    'index.html':
      '<a href="/base/a.html#b">a</a><a href="https://example.com">e</a><a href="#c">c</a><p id="c">',
    'a.html': '<h2 id="b">b</h2><a href="./">home</a><img src="/base/icon.svg">',
    'icon.svg': '',
    'style.css': 'p { background: url(/base/icon.svg) }',
  }
  function problems(files: Record<string, string>): readonly string[] {
    const directory = mkdtempSync(join(tmpdir(), 'built-'))
    onTestFinished(() => rmSync(directory, { recursive: true }))
    for (const [name, text] of Object.entries({ ...sound, ...files })) {
      mkdirSync(dirname(join(directory, name)), { recursive: true })
      writeFileSync(join(directory, name), text)
    }
    return checkBuilt(directory, '/base/').problems
  }

  test('may link its pages and places on them, and other sites', () => {
    expect(problems({})).toEqual([])
    expect(problems({ 'deep/b.html': '<a href="../a.html#b">a</a>' })).toEqual([])
  })

  test.each([
    ['<a href="/base/gone.html">', '/base/gone.html leads nowhere'],
    ['<a href="gone.html">', 'gone.html leads nowhere'],
    ['<a href="/base/a.html#gone">', '/base/a.html#gone leads to no such place'],
    ['<a href="#gone">', '#gone leads to no such place'],
    ['<a href="/a.html">', '/a.html is not below /base/'],
    ['<script src="https://example.com/a.js">', 'https://example.com/a.js is fetched from elsewhere'],
    ['<link rel="stylesheet" href="//example.com/a.css">', '//example.com/a.css is fetched from elsewhere'],
    ['<img src="https://example.com/a.png">', 'https://example.com/a.png is fetched from elsewhere'],
  ])('is told of %s', (html, problem) => {
    expect(problems({ 'bad.html': html })).toEqual([`bad.html: ${problem}`])
  })

  test('is told of styles that fetch from elsewhere', () => {
    const css = '@import "https://example.com/a.css"; p { src: url(https://example.com/font.woff2) }'
    expect(problems({ 'style.css': css })).toHaveLength(2)
  })
})
