import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'

/** What is wrong with a site as it was built, in words; nothing if nothing is. */
export interface Built {
  readonly problems: readonly string[]
  readonly pages: number
  readonly links: number
}

/**
 * Looks whether each link of a built site leads to a file of it, each anchor to something on that page, and whether pages, styles and scripts fetch
 * anything from elsewhere.
 * @param directory where the site was built.
 * @param base under which it will be served: `/`, `/rafted/`.
 */
export function checkBuilt(directory: string, base: string): Built {
  const files = new Set(filesIn(directory))
  const read = (file: string): string => readFileSync(join(directory, file), 'utf8')
  const pages = [...files].filter((file) => file.endsWith('.html'))
  const ids = new Map(pages.map((page) => [page, idsOf(read(page))]))
  const problems: string[] = []
  let links = 0
  for (const page of pages) {
    for (const { tag, target } of targetsOf(read(page))) {
      links++
      const problem = problemOf(page, tag, target)
      if (problem !== null) problems.push(`${page}: ${target} ${problem}`)
    }
  }
  for (const file of files)
    if (file.endsWith('.css'))
      for (const [, url] of read(file).matchAll(/(?:url\(\s*["']?|@import\s+["'])((?:https?:)?\/\/[^"')]+)/g))
        problems.push(`${file}: ${url} is fetched from elsewhere`)
  return { problems, pages: pages.length, links }

  function problemOf(page: string, tag: string, target: string): string | null {
    if (/^(https?:)?\/\//.test(target)) return tag === 'a' ? null : 'is fetched from elsewhere'
    if (/^(mailto|data):/.test(target)) return null
    const [path, anchor] = decodeURI(target.replace(/\?[^#]*/, '')).split('#') as [string, string?]
    if (path.startsWith('/') && !path.startsWith(base)) return `is not below ${base}`
    const joined = path.startsWith('/') ? path.slice(base.length) : posix.join(posix.dirname(page), path)
    const within = joined.replace(/^\.\//, '')
    const file = path === '' ? page : within === '' || within.endsWith('/') ? `${within}index.html` : within
    if (!files.has(file)) return 'leads nowhere'
    return anchor && file.endsWith('.html') && !ids.get(file)!.has(anchor) ? 'leads to no such place' : null
  }
}

function filesIn(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => posix.join(entry.parentPath.slice(directory.length).replaceAll('\\', '/'), entry.name))
    .map((path) => path.replace(/^\//, ''))
}

function idsOf(html: string): Set<string> {
  return new Set([...html.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => unescaped(id!)))
}

function targetsOf(html: string): { tag: string; target: string }[] {
  return [...html.matchAll(/<([a-z]+)\b[^>]*?\s(?:href|src)="([^"]*)"/g)].map(([, tag, target]) => ({
    tag: tag!,
    target: unescaped(target!),
  }))
}

function unescaped(text: string): string {
  return text
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}
