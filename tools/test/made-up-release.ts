import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { repositoryRoot } from '../src/workspaces.ts'

const engines = { node: '>=20.19' }
const license = 'Do as you like.\n'

const core = {
  name: '@rafted/core',
  version: '0.0.0',
  description: 'The core',
  keywords: ['raft'],
  license: 'MIT',
  author: 'The Rafted authors',
  repository: { type: 'git', url: 'git+https://github.com/rafted/rafted.git', directory: 'packages/core' },
  homepage: 'https://github.com/rafted/rafted/tree/main/packages/core#readme',
  bugs: { url: 'https://github.com/rafted/rafted/issues' },
  type: 'module',
  sideEffects: false,
  exports: {
    '.': { '@rafted/source': './src/index.ts', types: './dist/index.d.ts', default: './dist/index.js' },
    './package.json': './package.json',
  },
  files: ['dist', '!dist/*.tsbuildinfo', 'src', 'README.md', 'CHANGELOG.md'],
  engines,
  publishConfig: { access: 'public', provenance: true },
}

const compilerOptions = {
  target: 'es2022',
  lib: ['es2022'],
  module: 'nodenext',
  types: [],
  composite: true,
  declarationMap: true,
  sourceMap: true,
  rootDir: 'src',
  outDir: 'dist',
  tsBuildInfoFile: 'dist/build.tsbuildinfo',
}

/** All that a repository needs to be released: one package, and a changeset. */
const files: Record<string, unknown> = {
  'package.json': { name: 'made-up', version: '0.0.0', private: true, engines },
  'pnpm-workspace.yaml': 'packages:\n  - packages/*\n  - checks\n',
  'tsconfig.json': { files: [], references: [{ path: 'packages/core' }] },
  '.gitignore': 'node_modules\ndist/\n',
  LICENSE: license,
  '.changeset/config.json': {
    changelog: '@changesets/cli/changelog',
    access: 'public',
    baseBranch: 'main',
    privatePackages: { version: false, tag: false },
  },
  '.changeset/first.md': "---\n'@rafted/core': minor\n---\n\nThe first.\n",
  'packages/core/package.json': core,
  'packages/core/tsconfig.json': { compilerOptions, include: ['src'] },
  'packages/core/README.md': '# @rafted/core\n\n```sh\nnpm install @rafted/core\n```\n',
  'packages/core/src/index.ts': 'export const one: number = 1\n',
  'checks/package.json': { name: '@rafted/checks', version: '0.0.0', private: true },
}

/** A repository of its own in a new directory, all committed, with what this one has installed. */
export class MadeUpRelease {
  readonly root: string = mkdtempSync(join(tmpdir(), 'made-up-'))

  constructor() {
    this.git('init', '--quiet', '--initial-branch=main')
    for (const [path, content] of Object.entries(files)) this.write(path, content)
    this.commit()
    symlinkSync(join(repositoryRoot, 'node_modules'), join(this.root, 'node_modules'))
  }

  write(path: string, content: unknown): void {
    const file = join(this.root, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`)
  }

  commit(): void {
    this.git('add', '--all')
    const who = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', '-c', 'commit.gpgsign=false']
    this.git(...who, 'commit', '--quiet', '--message=All there is')
  }

  git(...args: string[]): string {
    return execFileSync('git', args, { cwd: this.root, encoding: 'utf8' }).trimEnd()
  }
}
