import type { Problem, Repository } from './repository.ts'

/** Written so that this file does not contain what it looks for. */
const leftover = new RegExp(`\\b(?:TO${'DO'}|FIX${'ME'}|X${'XX'})\\b`)
const machinePath = /(?<![\w.~*-])\/(?:work|root|home|Users)\/[\w.-]/
const issueNumber =
  /\b(?:issues?|tickets?|bugs?|pull requests?|PR|GH|fix(?:e[sd])?|close[sd]?|resolve[sd]?):?\s*#\d+|\(#\d+\)/i

const rules: [RegExp, string][] = [
  [leftover, 'do it, or write it down where plans are kept'],
  [machinePath, 'a path of one machine means nothing on another'],
  [issueNumber, 'say what it is about: a number means nothing without its tracker'],
]

/** Checksums, not prose: any letters may stand in them. */
const machineWritten = new Set(['pnpm-lock.yaml'])

export function checkTexts(repository: Repository): Problem[] {
  return repository.paths.flatMap((path) => {
    if (machineWritten.has(path)) return []
    const text = repository.read(path)
    if (text.includes('\0')) return []
    return text.split('\n').flatMap((line, index) =>
      rules.flatMap(([pattern, message]) => {
        const match = pattern.exec(line)
        return match ? [{ path, line: index + 1, message: `"${match[0]}": ${message}` }] : []
      }),
    )
  })
}
