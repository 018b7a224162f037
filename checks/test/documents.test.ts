/** What docs/failure-model.md and docs/invariants.md say of the sources and the tests is so. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { faultKinds } from '@rafted/testing'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const paths = ['packages', 'checks/src', 'checks/test', 'examples'].flatMap(filesUnder)

function filesUnder(directory: string): string[] {
  return readdirSync(join(root, directory), { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === 'node_modules' || entry.name === 'dist') return []
    const path = `${directory}/${entry.name}`
    return entry.isDirectory() ? filesUnder(path) : [path]
  })
}

describe('docs/failure-model.md', () => {
  const rows = new Map<string, string>()
  for (const [line, id] of read('docs/failure-model.md').matchAll(/^\| (F\d+[a-z]?) \|.*$/gm)) {
    expect(rows.has(id!), `${id} stands twice`).toBe(false)
    rows.set(id!, line)
  }
  const tests = paths.filter((path) => /\/test\/.*\.(ts|txt)$|^(checks|packages\/testing)\/src\//.test(path))
  const citations = (path: string): Set<string> => new Set(read(path).match(/\bF\d+[a-z]?\b/g) ?? [])

  test('has a row for each number', () => {
    for (let n = 1; n <= 116; n++) expect([...rows.keys()]).toContain(`F${n}`)
  })

  test('has a row for whatever a test or a source cites', () => {
    for (const path of [...tests, ...paths.filter((path) => /^packages\/[^/]+\/src\//.test(path))])
      for (const id of citations(path)) expect([...rows.keys()], `${path} cites ${id}`).toContain(id)
  })

  test('names tests that cite the row, or says what the row waits for', () => {
    for (const [id, line] of rows) {
      const named = [...line.matchAll(/\]\(\.\.\/([^)]+)\)/g)].map((match) => match[1]!)
      if (named.length === 0) expect(line, id).toMatch(/\| not yet: needs [^|]+ \|$/)
      for (const path of named) expect([...citations(path)], `${path}, named for ${id}`).toContain(id)
    }
  })
})

describe('docs/invariants.md', () => {
  const documented = new Map<number, string[]>()
  for (const [, number, files] of read('docs/invariants.md').matchAll(/^\| (\d+) \|.*\| ([^|]+) \|$/gm))
    documented.set(
      Number(number),
      [...files!.matchAll(/`([^`]+)`/g)].map((match) => match[1]!),
    )

  test('names each invariant of the core with the files that check it', () => {
    const checked = new Map<number, Set<string>>()
    for (const path of paths.filter((name) => name.startsWith('packages/core/src/')))
      for (const [, number] of read(path).matchAll(/\binvariant\(\s*(\d+),/g)) {
        const files = checked.get(Number(number)) ?? new Set()
        checked.set(Number(number), files.add(path.replace('packages/core/src/', '')))
      }
    const asText = (found: Map<number, Iterable<string>>): Record<number, string> =>
      Object.fromEntries([...found].map(([number, files]) => [number, [...files].sort().join(', ')]))
    expect(asText(documented)).toEqual(asText(checked))
  })
})

describe('docs/testing.md', () => {
  const rows = [...read('docs/testing.md').matchAll(/^\| ([a-z -]+) \| (.+) \|$/gm)].map(([, name, text]) => [
    name!,
    text!,
  ])

  test('lists every kind of fault, with what counts as a hit', () => {
    for (const [kind, { hit }] of Object.entries(faultKinds)) expect(rows).toContainEqual([kind, hit])
  })
})
