import { describe, expect, test } from 'vitest'
import { driftOf } from '../src/api/pages.ts'
import { formatProblem } from '../src/tidy/repository.ts'
import { packageWith, reportOf, reports } from './made-up-packages.ts'

/** The code that stands under a heading of the report. */
function under(heading: string, text: string): string {
  return new RegExp(`\n## ${heading}\n\n\`\`\`ts\n([^]*?)\n\`\`\`\n`).exec(text)?.[1] ?? ''
}
const exportsOf = (index: string, files: Record<string, string> = {}): string =>
  under('Exports', reportOf(index, files).text)

describe('a report', () => {
  test('has the exports in the order of their names, without comments and words that say nothing', () => {
    const code = exportsOf(`
      /** Text of a moment. */
      export declare function text(at: number): string;
      /** Milliseconds. */
      export type Moment = readonly [ // for now
        number];
    `)
    expect(code).toBe('type Moment = readonly [number];\n\nfunction text(at: number): string;')
  })

  test('is the same in whatever order the declarations stand, and through however many files they go', () => {
    const moment = 'export type Moment = number;\n'
    const clock = 'export interface Clock { now(): number; }\n'
    const inOne = reportOf(moment + clock).text
    expect(reportOf(clock + moment).text).toBe(inOne)
    const throughFiles = reportOf("export * from './all.ts';", {
      'packages/clocks/dist/all.d.ts':
        "export { type Clock } from './clock.ts';\nexport * from './moment.ts';",
      'packages/clocks/dist/clock.d.ts': clock,
      'packages/clocks/dist/moment.d.ts': moment,
    }).text
    expect(throughFiles).toBe(inOne)
  })

  test('has what is not exported, but reached from what is', () => {
    const { text } = reportOf(
      "import type { Zone } from './zone.ts';\nexport declare function zone(): Zone;",
      {
        'packages/clocks/dist/zone.d.ts':
          'interface Offset { minutes: number; }\nexport {};\nexport interface Zone { offset: Offset; }\nexport interface Unused {}',
      },
    )
    expect(under('Not exported, but part of what is', text)).toBe(
      'interface Offset {\n    minutes: number;\n}\n\ninterface Zone {\n    offset: Offset;\n}',
    )
  })

  test('tells private members as one, and leaves out what is internal', () => {
    const code = exportsOf(`
      export declare class Timer {
        #left;
        private start;
        readonly ms: number;
        /** For tests. @internal */
        peek(): number;
        private constructor();
      }
      /** @internal */
      export declare function reset(): void;
    `)
    expect(code).toBe('class Timer {\n    #private;\n    readonly ms: number;\n    private constructor();\n}')
  })

  test('tells a class of which only the type is exported, and not how it is made', () => {
    const files = {
      'packages/clocks/dist/timer.d.ts':
        'interface Parts {}\nexport declare class Timer { constructor(parts: Parts); stop(): void; }',
    }
    const code = '// Only as a type.\nclass Timer {\n    stop(): void;\n}'
    const { text } = reportOf("export type { Timer } from './timer.ts';", files)
    expect(under('Exports', text)).toBe(code)
    expect(text).not.toContain('Parts')
    expect(exportsOf("export { Timer } from './timer.ts';", files)).toContain('constructor(parts: Parts)')
  })

  test('tells another name that something is exported under', () => {
    expect(exportsOf('declare const soon: number;\nexport { soon as later };')).toBe(
      '// soon, exported as later\nconst soon: number;',
    )
  })

  test('gives each of many choices a line', () => {
    const names = Array.from({ length: 12 }, (_, index) => `'choice-number-${index}'`)
    const lines = exportsOf(`export type Choice = ${names.join(' | ')};`).split('\n')
    expect(lines.length).toBe(13)
    expect(lines[1]).toBe("    | 'choice-number-0'")
  })

  test('names what comes from other packages, and leaves its shape to their reports', () => {
    const [a, b] = reports({
      'packages/a/package.json': packageWith('a', ''),
      'packages/a/dist/index.d.ts': 'export interface Clock { now(): number; }\nexport type Moment = number;',
      'packages/b/package.json': packageWith('b', ''),
      'packages/b/dist/index.d.ts':
        "import type { Socket } from 'node:net';\nimport { type Clock } from 'a';\nexport { type Clock as Time } from 'a';\nexport declare function read(clock: Clock, socket: Socket): void;",
    })
    expect(a!.text).not.toContain('other modules')
    expect(under('Exports of other packages', b!.text)).toBe("export { Clock as Time } from 'a';")
    expect(under('Of other modules', b!.text)).toBe(
      "import { Clock } from 'a';\nimport { Socket } from 'node:net';",
    )
  })

  test('takes a type that is imported in its place for one that is imported', () => {
    const [, b] = reports({
      'packages/a/package.json': packageWith('a', ''),
      'packages/a/dist/index.d.ts': 'export interface List<T> { all: T[]; }',
      'packages/b/package.json': packageWith('b', ''),
      'packages/b/dist/index.d.ts':
        "export declare const zones: import('a').List<import('./zone.ts').Zone>;\nexport declare const net: typeof import('node:net');",
      'packages/b/dist/zone.d.ts': 'export type Zone = string;',
    })
    expect(under('Exports', b!.text)).toBe(
      "const net: typeof import('node:net');\n\nconst zones: List<Zone>;",
    )
    expect(under('Not exported, but part of what is', b!.text)).toBe('type Zone = string;')
    expect(under('Of other modules', b!.text)).toBe("import { List } from 'a';")
  })

  test('names a package that is passed on whole, without the names that it has', () => {
    const [, b] = reports({
      'packages/a/package.json': packageWith('a', ''),
      'packages/a/dist/index.d.ts': 'export type Moment = number;',
      'packages/b/package.json': packageWith('b', ''),
      'packages/b/dist/index.d.ts': "export * from './all.ts';\nexport type Zone = string;",
      'packages/b/dist/all.d.ts': "export * from 'a';",
    })
    expect(under('Exports of other packages', b!.text)).toBe("export * from 'a';")
    expect(under('Exports', b!.text)).toBe('type Zone = string;')
  })

  test('refuses what it could not show', () => {
    const files = { 'packages/clocks/dist/all.d.ts': 'export type Moment = number;' }
    expect(() => reportOf("export * as all from './all.ts';", files)).toThrow('export its names one by one')
    expect(() => reportOf("export { gone } from './all.ts';", files)).toThrow("gone can't be followed")
    expect(() => reports({ 'packages/a/package.json': packageWith('a', '') })).toThrow(
      'packages/a/dist/index.d.ts is not there: compile the package',
    )
  })
})

test('every door of every published package has a page of its own', () => {
  const files = {
    'packages/a/package.json': packageWith('@rafted/a', '', '/node'),
    'packages/a/dist/index.d.ts': 'export type A = 1;',
    'packages/a/dist/node.d.ts': 'export type Node = 2;',
    'packages/new/package.json': packageWith('@rafted/new', ''),
    'packages/new/dist/index.d.ts': 'export type New = 3;',
    'packages/own/package.json': { ...packageWith('own', ''), private: true },
    'bench/package.json': packageWith('bench', ''),
  }
  expect(reports(files).map(({ entry, text }) => [entry.page, text.split('\n')[0]])).toEqual([
    ['docs/api/a.md', '# @rafted/a'],
    ['docs/api/a.node.md', '# @rafted/a/node'],
    ['docs/api/new.md', '# @rafted/new'],
  ])
})

describe('drift', () => {
  const before = reportOf('export declare function now(): number;\nexport type Zone = string;')
  const pages = new Map([['docs/api/clocks.md', before.text]])
  const drift = (index: string, written: Map<string, string> = pages): string[] =>
    driftOf([reportOf(index)], written).map(formatProblem)

  test('is none where the pages are those of the sources', () => {
    expect(
      drift('export type Zone = string;\n/** New words. */\nexport declare function now(): number;'),
    ).toEqual([])
  })

  test('is another signature, and is shown', () => {
    expect(drift('export declare function now(zone: Zone): number;\nexport type Zone = string;')).toEqual([
      'docs/api/clocks.md: clocks has another public interface than this: run npm run api and look at the diff\n' +
        '- function now(): number;\n+ function now(zone: Zone): number;',
    ])
  })

  test('shows what is other, and not what stands between', () => {
    const [problem] = drift('export declare function then(): number;\nexport type Zone = number;')
    expect(problem!.split('\n').slice(1)).toEqual([
      '- type Zone = string;',
      '- function now(): number;',
      '+ type Zone = number;',
      '+ function then(): number;',
    ])
    const [head, ...rest] = before.text.split('\n')
    expect(driftOf([before], new Map([['docs/api/clocks.md', [...rest, head].join('\n')]]))).toEqual([
      { path: 'docs/api/clocks.md', message: expect.stringContaining('the same lines, in another order') },
    ])
  })

  test('is a name more or less', () => {
    const less = drift('export declare function now(): number;')
    expect(less).toEqual([expect.stringContaining('\n- type Zone = string;')])
    const more = drift(
      'export declare function now(): number;\nexport type Zone = string;\nexport type Aeon = 1;',
    )
    expect(more).toEqual([expect.stringContaining('\n+ type Aeon = 1;')])
  })

  test('is cut where it is long', () => {
    const many = Array.from({ length: 30 }, (_, index) => `export type Zone${index} = ${index};`).join('\n')
    expect(drift(many)[0]!.split('\n').length).toBe(14)
    expect(drift(many)[0]).toMatch(/… and \d+ more lines$/)
  })

  test('is a page that is missing, or one too many', () => {
    const gone = new Map([['docs/api/gone.md', '# gone\n']])
    expect(drift('export type Zone = string;', gone)).toEqual([
      'docs/api/clocks.md: clocks has no report: run npm run api',
      'docs/api/gone.md: no entry point has this page: run npm run api',
    ])
  })
})
