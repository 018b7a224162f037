import { existsSync, statSync } from 'node:fs'
import { join, posix, relative, sep } from 'node:path'
import type { MarkdownRenderer } from 'vitepress'
import { routeOf } from './routes.ts'

const repository = 'https://github.com/rafted/rafted'

/** Lets the links of pages, which lead from file to file, lead from page to page; those to other files lead to the repository. */
export function siteLinks(root: string): (md: MarkdownRenderer) => void {
  return (md) => {
    md.core.ruler.push('site-links', ({ tokens, env }) => {
      const from = relative(root, env.realPath ?? env.path)
        .split(sep)
        .join('/')
      for (const { children } of tokens)
        for (const token of children ?? []) {
          const href = token.type === 'link_open' ? token.attrGet('href') : null
          if (href !== null) token.attrSet('href', linkOnSite(root, from, href))
        }
    })
  }
}

/**
 * A link on the page of the file `from`, as it is on the site.
 * @throws {Error} if it leads to nothing that there is.
 */
export function linkOnSite(root: string, from: string, href: string): string {
  if (/^([a-z][a-z+.-]*:|#)/i.test(href)) return href
  const [, file, anchor] = /^([^#]*)(#.*)?$/.exec(href)!
  const path = posix.join(posix.dirname(from), decodeURI(file!)).replace(/\/$/, '')
  if (path.startsWith('..') || !existsSync(join(root, path)))
    throw new Error(`${from}: ${href} leads nowhere`)
  const route = routeOf(path)
  if (route !== null) return `/${route}${anchor ?? ''}`
  const kind = statSync(join(root, path)).isDirectory() ? 'tree' : 'blob'
  return `${repository}/${kind}/main/${path}${anchor ?? ''}`
}
