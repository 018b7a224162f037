import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { repositoryRoot } from '../src/workspaces.ts'

const read = (path: string): string => readFileSync(join(repositoryRoot, path), 'utf8')
const scripts = Object.keys((JSON.parse(read('package.json')) as { scripts: object }).scripts)
const pages = ['CONTRIBUTING.md', 'docs/releasing.md', '.github/pull_request_template.md']
const named = (page: string): string[] =>
  [...read(page).matchAll(/\bnpm (?:run ([a-z:-]+)|(test|start)\b)/g)].map(([, run, own]) => run ?? own!)

test('CONTRIBUTING.md tells of every command', () => {
  expect(new Set(named('CONTRIBUTING.md'))).toEqual(new Set(scripts))
})

test.each(pages)('%s names no command that there is not', (page) => {
  expect(named(page).length).toBeGreaterThan(0)
  for (const name of named(page)) expect(scripts).toContain(name)
})

test('CONTRIBUTING.md names the versions of Node.js that CI runs', () => {
  const [, list, last] = /Node\.js ([\d, ]+) and (\d+)/.exec(read('CONTRIBUTING.md'))!
  const [, matrix] = /node: \[(.*)\]/.exec(read('.github/workflows/ci.yml'))!
  expect(`${list}, ${last}`).toBe(matrix)
})
