import { statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { openRepository } from '../src/tidy/repository.ts'
import { checkWorkflows } from '../src/tidy/workflows.ts'
import { repositoryRoot } from '../src/workspaces.ts'
import { problemsOf } from './made-up.ts'

const path = '.github/workflows/ci.yml'
const commit = '08c6903cd8c0fde910a37f88322edcfb5dd907a8'
const workflow = `
permissions: { contents: read }
jobs:
  checks:
    timeout-minutes: 5
    steps:
      - uses: actions/checkout@${commit} # v5.0.0
      - run: |
          # a comment
          .ci/run
          npm test
          npm run release -- --dry-run
      - uses: changesets/action@${commit}
        with:
          version: npm run release -- --version
          publish: npm run release
  others:
    uses: ./${path}
`

function problems(text: string, at = path): string[] {
  const files = { '.ci/run': '', 'package.json': { name: 'root', scripts: { test: '', release: '' } } }
  return problemsOf(checkWorkflows, { ...files, [at]: text })
}

describe('a workflow', () => {
  test('may call scripts of package.json, files, and actions by their commit', () => {
    expect(problems(workflow)).toEqual([])
  })

  test.each([
    ['npm test', 'npm run tests', 'package.json has no script "tests"'],
    ['npm run release -- --dry-run', 'npm run rehearse', 'package.json has no script "rehearse"'],
    ['version: npm run release', 'version: npm run versions', 'package.json has no script "versions"'],
    ['publish: npm run release', 'publish: npm run publish', 'package.json has no script "publish"'],
    ['.ci/run', '.ci/runs', '.ci/runs is no file of this repository'],
    ['.ci/run', 'curl https://example.com', 'curl is no file of this repository'],
    [`checkout@${commit}`, 'checkout@v5', 'actions/checkout@v5 should name a commit, by its whole hash'],
    [`./${path}`, './.github/workflows/gone.yml', './.github/workflows/gone.yml is not in this repository'],
    ['timeout-minutes: 5', 'name: Checks', 'checks may hang for hours: timeout-minutes'],
    ['permissions: { contents: read }', '', 'it does not say what it may do: permissions'],
  ])('with %j as %j is told', (right, wrong, problem) => {
    expect(workflow).toContain(right)
    expect(problems(workflow.replace(right, wrong))).toEqual([`${path}: ${problem}`])
  })

  test.each([path, '.github/ISSUE_TEMPLATE/fault.yml', '.github/dependabot.yml'])('%s can be read', (at) => {
    expect(problems('a: [1\nb: }', at)[0]).toMatch(new RegExp(`^${at}:\\d+: `))
  })
})

type Job = {
  needs?: string
  if?: string
  permissions?: object
  strategy?: { matrix: { node: number[] } }
  steps: { run?: string; env?: object; uses?: string; if?: string; with?: object }[]
}

describe('the workflows of this repository', () => {
  const repository = openRepository()
  const read = (name: string): { permissions: object; jobs: Record<string, Job> } =>
    parse(repository.read(`.github/workflows/${name}.yml`))

  test('run .ci/run, which can be run, on each version of Node.js that is served', () => {
    const { strategy, steps } = read('ci').jobs.checks!
    expect(strategy!.matrix.node).toEqual([20, 22, 24, 26])
    const { engines } = JSON.parse(repository.read('package.json')) as { engines: { node: string } }
    expect(engines.node).toBe('>=20.19')
    expect(steps.map(({ run }) => run)).toContain('.ci/run')
    expect(statSync(join(repositoryRoot, '.ci/run')).mode & 0o111).not.toBe(0)
  })

  test('build the site from what main has, and only one job may publish it', () => {
    const { pages, publish } = read('docs').jobs
    const [build] = pages!.steps.flatMap(({ run }) => (run?.startsWith('npm run docs') ? [run] : []))
    expect(build).toBe('npm run docs -- --base /rafted/')
    expect(pages!.permissions).toBe(undefined)
    expect(publish!.needs).toBe('pages')
    expect(publish!.permissions).toEqual({ pages: 'write', 'id-token': 'write' })
    expect(publish!.if).toContain("github.ref == 'refs/heads/main'")
    const [upload] = pages!.steps.filter(({ uses }) => uses?.startsWith('actions/upload-pages-artifact@'))
    expect(upload!.if).toContain("github.event_name != 'pull_request'")
    expect(upload!.with).toEqual({ path: 'site/dist' })
  })

  test('release what CI has passed, with provenance and the token, and nothing else may', () => {
    const { needs, permissions, steps } = read('release').jobs.release!
    expect(needs).toBe('ci')
    expect(permissions).toMatchObject({ 'id-token': 'write' })
    expect(steps.at(-1)!.env).toHaveProperty('NPM_TOKEN')
    for (const name of ['ci', 'docs', 'release'])
      expect(read(name).permissions, name).toEqual({ contents: 'read' })
  })
})
