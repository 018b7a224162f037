/** Planted bugs: each can be planted, and those of the day are found. `npm run mutants` runs all of them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseAst } from 'vitest/node'
import { allMutants } from '../mutants/runner/catalogue.ts'
import { patched, root } from '../mutants/runner/patch.ts'
import { type Outcome, runMutants } from '../mutants/runner/run.ts'
import { SAMPLE, sampleOf } from '../mutants/runner/sample.ts'

const mutants = await allMutants()

/** The files a planted bug changes, by their paths from the root. */
function changed(edits: (typeof mutants)[number]['edits']): Map<string, string> {
  const texts = new Map<string, string>()
  for (const edit of edits) {
    const text = texts.get(edit.file) ?? readFileSync(join(root, edit.file), 'utf8')
    texts.set(edit.file, patched(text, edit))
  }
  return texts
}

describe('every planted bug', () => {
  test('stands exactly once where it says, and is still a program', () => {
    for (const { name, edits } of mutants)
      for (const [file, text] of changed(edits))
        expect(() => parseAst(text, { lang: 'ts' }, file), `${name} in ${file}`).not.toThrow()
  })

  test('says by which schedule it does harm, and who notices', () => {
    for (const { name, schedule, caughtBy } of mutants) {
      expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
      expect(schedule, name).toMatch(/\.$/)
      expect(caughtBy, name).toMatch(
        /^(simulator|scenario \w+( \w+)*|explore --.+|test \w[\w-]* test\/.+\.test\.ts .+)$/,
      )
    }
  })

  test('found by a test of its own package names one that exists', () => {
    for (const { name, caughtBy } of mutants) {
      const [by, directory, file] = caughtBy.split(' ')
      if (by !== 'test') continue
      const path = join(root, directory === 'checks' ? 'checks' : `packages/${directory}`, file!)
      expect(() => readFileSync(path), name).not.toThrow()
    }
  })

  test('has its day', () => {
    const days = Math.ceil(mutants.length / SAMPLE)
    const seen = new Set<string>()
    for (let i = 0; i < days; i++) {
      const day = new Date(Date.UTC(2026, 0, 1 + i)).toISOString().slice(0, 10)
      for (const { name } of sampleOf(mutants, day, SAMPLE)) seen.add(name)
    }
    const run = mutants.filter(({ equivalent }) => equivalent === undefined)
    expect([...seen].sort()).toEqual(run.map(({ name }) => name).sort())
  })
})

test('those of the day are found', { timeout: 120_000 }, async () => {
  const day = new Date().toISOString().slice(0, 10)
  console.log(`planted bugs of ${day}; again, without a limit: npm run mutants -- --sample ${day}`)
  const lines: string[] = []
  // Who needs more seeds than there is time for here is given up, and has not survived.
  const outcomes = await runMutants(sampleOf(mutants, day, SAMPLE), {
    from: 1,
    seeds: 1000,
    limitMs: 8000,
    beginMs: 20_000,
    jobs: 2,
    done: ({ name, status, what }: Outcome) => lines.push(`${name}: ${status}. ${what}`),
  })
  console.log(lines.join('\n'))
  expect(outcomes.filter(({ status }) => status === 'survived')).toEqual([])
  expect(outcomes.length).toBeGreaterThan(0)
})
