import { posix } from 'node:path'
import type { Problem, Repository } from './repository.ts'

/** Every page begins with its title and has no other, and its links within the repository lead somewhere. */
export function checkMarkdown(repository: Repository): Problem[] {
  const known = new Set(repository.paths)
  for (const path of repository.paths) {
    for (let directory = posix.dirname(path); directory !== '.'; directory = posix.dirname(directory)) {
      known.add(directory)
    }
  }
  return repository.paths
    .filter((path) => path.endsWith('.md'))
    .flatMap((path) => {
      const lines = proseLines(repository.read(path))
      return [...checkTitle(path, lines), ...checkLinks(path, lines, known, repository)]
    })
}

type Line = { number: number; text: string }

/** The lines outside fenced code. */
function proseLines(text: string): Line[] {
  let fence: string | null = null
  return text.split('\n').flatMap((line, index) => {
    const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1]
    if (fence !== null) {
      if (mark?.startsWith(fence)) fence = null
      return []
    }
    if (mark) {
      fence = mark
      return []
    }
    return [{ number: index + 1, text: line }]
  })
}

function checkTitle(path: string, lines: Line[]): Problem[] {
  // Texts for the next change log begin with the packages they are about.
  if (path.startsWith('.changeset/')) return []
  const titles = lines.filter(({ text }) => /^# \S/.test(text))
  const problems: Problem[] = []
  if (titles[0]?.number !== 1)
    problems.push({ path, line: 1, message: 'the first line is the title: # Title' })
  for (const { number } of titles.slice(1)) {
    problems.push({ path, line: number, message: 'a second title: a page has one' })
  }
  return problems
}

const inlineLink = /\]\(\s*<?([^)\s>]+)>?(?:\s+["'][^)]*)?\)/g
const linkDefinition = /^\s{0,3}\[[^\]]+\]:\s*<?([^\s>]+)/g

function checkLinks(path: string, lines: Line[], known: Set<string>, repository: Repository): Problem[] {
  return lines.flatMap(({ number, text }) => {
    const prose = text.replaceAll(/(`+)(?:(?!\1).)+\1/g, '')
    const targets = [...prose.matchAll(inlineLink), ...prose.matchAll(linkDefinition)].map(
      (match) => match[1]!,
    )
    return targets
      .filter((target) => !/^[a-z][a-z+.-]*:|^\/\//i.test(target))
      .flatMap((target) => {
        const message = problemOf(path, target, known, repository)
        return message === null ? [] : [{ path, line: number, message }]
      })
  })
}

function problemOf(path: string, target: string, known: Set<string>, repository: Repository): string | null {
  // Its text goes into change logs, which are elsewhere, and where no link was looked at before the release.
  if (path.startsWith('.changeset/'))
    return `${target}: change logs are elsewhere; name the page without a link`
  return leadsSomewhere(path, target, known, repository) ? null : `${target} leads nowhere`
}

function leadsSomewhere(path: string, target: string, known: Set<string>, repository: Repository): boolean {
  const [file, anchor] = decodeURI(target).split('#') as [string, string?]
  const page = file === '' ? path : posix.join(posix.dirname(path), file).replace(/\/$/, '')
  if (page !== '.' && !known.has(page)) return false
  return !anchor || !page.endsWith('.md') || anchorsOf(repository.read(page)).has(anchor)
}

/** The anchors that a page's headings get where it is shown. */
function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>()
  for (const { text: line } of proseLines(text)) {
    const heading = /^#{1,6}\s+(.*?)\s*#*$/.exec(line)?.[1]
    if (heading === undefined) continue
    const shown = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    const anchor = shown
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-')
    let unique = anchor
    for (let count = 1; anchors.has(unique); count++) unique = `${anchor}-${count}`
    anchors.add(unique)
  }
  return anchors
}
