import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { actIn } from '../src/release/act.ts'
import { makeVersions } from '../src/release/changesets.ts'
import type { Check } from '../src/release/checks.ts'
import { identityProblems } from '../src/release/identity.ts'
import { planOf } from '../src/release/plan.ts'
import { isReady } from '../src/release/ready.ts'
import { type Rehearsal, rehearse } from '../src/release/rehearse.ts'
import { MadeUpRelease } from './made-up-release.ts'

describe('npm run release', () => {
  test.each([
    [[], 'publish'],
    [['--dry-run'], 'rehearse'],
    [['--version'], 'version'],
    [['--dry-run', '--version'], null],
    [['--dryrun'], null],
    [['patch'], null],
  ])('with %j does what was asked, or nothing', (args, act) => {
    expect(actIn(args, {})).toBe(act)
  })

  test('publishes nothing when npm has taken --dry-run for itself', () => {
    expect(actIn([], { npm_config_dry_run: 'true' })).toBe('rehearse')
    expect(actIn(['--version'], { npm_config_dry_run: 'true' })).toBeNull()
  })
})

const identity = {
  GITHUB_ACTIONS: 'true',
  ACTIONS_ID_TOKEN_REQUEST_URL: 'https://example.com',
  GITHUB_SHA: 'abc',
  NPM_TOKEN: 'token',
}

describe('whoever publishes', () => {
  test('is a run of the workflow, of the commit that is checked out, with a token', () => {
    expect(identityProblems(identity, 'abc')).toEqual([])
    const { NPM_TOKEN, ...rest } = identity
    expect(identityProblems({ ...rest, NODE_AUTH_TOKEN: NPM_TOKEN }, 'abc')).toEqual([])
  })

  test.each([
    [{ GITHUB_ACTIONS: undefined }, 'provenance can only be given by a run'],
    [{ ACTIONS_ID_TOKEN_REQUEST_URL: undefined }, 'provenance can only be given by a run'],
    [{ GITHUB_SHA: 'def' }, 'abc is checked out, and provenance would name def'],
    [{ NPM_TOKEN: '' }, 'NPM_TOKEN is not set'],
  ])('is refused with %o', (change, problem) => {
    expect(identityProblems({ ...identity, ...change }, 'abc')).toEqual([expect.stringContaining(problem)])
  })
})

/** What failed, and why. */
async function failures(
  run: (tell: (done: Check) => void) => Promise<unknown>,
): Promise<Record<string, string>> {
  const failed: Record<string, string> = {}
  await run(({ name, problems }) => {
    if (problems.length > 0) failed[name] = problems.join('\n')
  })
  return failed
}

const noSizes = 'it says nothing of @rafted/core: npm run sizes writes what is'

describe('a rehearsal', () => {
  const made = new MadeUpRelease()
  afterAll(() => rmSync(made.root, { recursive: true }))
  const before = made.git('for-each-ref')
  let failed: Record<string, string>
  let rehearsal: Rehearsal

  beforeAll(async () => {
    // As when npm has taken the flag for itself, which pnpm would heed.
    vi.stubEnv('npm_config_dry_run', 'true')
    failed = await failures(async (tell) => {
      rehearsal = await rehearse(made.root, tell)
    })
    vi.unstubAllEnvs()
  })

  test('says what would be published, and finds nothing but the page that is missing', () => {
    expect(failed).toEqual({ 'docs/sizes.md': expect.stringContaining(noSizes) })
    expect(rehearsal.plan.releases).toEqual([{ name: '@rafted/core', from: '0.0.0', to: '0.1.0' }])
  })

  test('packs what the release will be: versions, change logs and programs', () => {
    const [core] = rehearsal.packages
    expect(core!.manifest.version).toBe('0.1.0')
    expect([...core!.files.keys()].sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'dist/index.d.ts',
      'dist/index.d.ts.map',
      'dist/index.js',
      'dist/index.js.map',
      'package.json',
      'src/index.ts',
    ])
    expect(new TextDecoder().decode(core!.files.get('CHANGELOG.md'))).toContain('The first.')
  })

  test('leaves all as it was', () => {
    expect(made.git('status', '--porcelain', '--ignored')).toBe('!! node_modules')
    expect(made.git('for-each-ref')).toBe(before)
  })
})

describe('a rehearsal of what is not ready', () => {
  const made = new MadeUpRelease()
  afterAll(() => rmSync(made.root, { recursive: true }))

  test('tells what is not committed, what says nothing, what is not tidy and what does not compile', async () => {
    made.write('.changeset/second.md', "---\n'@rafted/checks': minor\n---\n")
    made.write('packages/core/src/index.ts', "export const one: number = 'one'\nsetTimeout(() => {}, 1)\n")
    made.commit()
    made.write('packages/core/README.md', '# Core\n')
    const failed = await failures((tell) => rehearse(made.root, tell))
    expect(failed['nothing is changed that is not committed']).toBe(' M packages/core/README.md')
    expect(failed['2 changesets tell what changes']).toBe(
      'second says nothing\nsecond is about @rafted/checks, which is not published',
    )
    expect(failed['every package compiles']).toContain('index.ts(1,14): error TS2322')
    expect(failed['the repository is tidy']).toContain('packages/core/src/index.ts:2')
  })
})

describe('a release', () => {
  const made = new MadeUpRelease()
  afterAll(() => rmSync(made.root, { recursive: true }))
  const asks = (env: NodeJS.ProcessEnv): Promise<Record<string, string>> =>
    failures((tell) => isReady(made.root, env, tell))
  const itself = (): NodeJS.ProcessEnv => ({ ...identity, GITHUB_SHA: made.git('rev-parse', 'HEAD') })

  test('is refused to whoever is not the workflow, before anything is compiled', async () => {
    expect(Object.keys(await asks({}))).toContain('it is known who publishes what')
    expect(existsSync(join(made.root, 'packages/core/dist'))).toBe(false)
  })

  test('is refused while changesets wait', async () => {
    expect(await asks(itself())).toEqual({
      'the change logs tell of these versions': expect.stringContaining('changesets wait (1)'),
    })
  })

  test('is refused while its versions are not committed, and goes as far as its page of sizes after that', async () => {
    expect(await makeVersions(made.root)).toEqual([])
    expect(Object.keys(await asks(itself()))).toEqual(['nothing is changed that is not committed'])
    made.commit()
    expect(await planOf(made.root)).toEqual({
      changesets: 0,
      releases: [{ name: '@rafted/core', from: '0.1.0', to: '0.1.0' }],
      problems: [],
    })
    made.write('packages/core/dist/gone.js', 'of a source that is gone')
    expect(await asks(itself())).toEqual({ 'docs/sizes.md': expect.stringContaining(noSizes) })
    expect(readFileSync(join(made.root, 'packages/core/dist/index.js'), 'utf8')).toContain('one = 1')
  })

  test('tells of its versions in its change logs', async () => {
    made.write('packages/core/CHANGELOG.md', '# @rafted/core\n')
    expect((await planOf(made.root)).problems).toEqual([
      '@rafted/core: no changeset, and no change log that tells of 0.1.0',
    ])
  })
})
