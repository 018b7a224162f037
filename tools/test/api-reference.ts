import { describe, expect, test } from 'vitest'
import { packageWith, reference } from './made-up-packages.ts'

/** The page of the one package `clocks`. */
function pageOf(index: string, files: Record<string, string> = {}): string {
  const pages = reference({
    'packages/clocks/package.json': packageWith('clocks', ''),
    'packages/clocks/dist/index.d.ts': index,
    ...files,
  })
  return pages.find(({ file }) => file === 'clocks.md')!.text
}

/** What stands under the heading of a name. */
function under(name: string, page: string): string {
  return page
    .split(new RegExp(`^### ${name} \\{#${name}\\}\n\n`, 'm'))[1]!
    .split(/\n+^##/m)[0]!
    .trimEnd()
}

describe('the reference', () => {
  test('has functions, classes, constants and types, each with what its docstring says', () => {
    const page = pageOf(`
      /**
       * Waits until a moment.
       * @param at milliseconds
       *   since the start
       * @param zone - where
       * @returns how late it is.
       * @throws {RangeError} \`too-late\` if it has passed.
       */
      export declare function wait(at: number, zone: string): Promise<number>;
      /** Stands still. */
      export declare class Stopped {}
      /** A second. */
      export declare const second: number;
      /** Milliseconds. */
      export type Moment = number;
    `)
    expect(page.match(/^## .*/gm)).toEqual(['## Functions', '## Classes', '## Constants', '## Types'])
    expect(under('wait', page)).toBe(
      [
        'Waits until a moment.',
        '- `at`: milliseconds since the start\n- `zone`: where',
        '**Returns** how late it is.',
        '**Throws** `RangeError` `too-late` if it has passed.',
        '```ts\nfunction wait(at: number, zone: string): Promise<number>;\n```',
      ].join('\n\n'),
    )
    expect(under('Moment', page)).toBe('Milliseconds.\n\n```ts\ntype Moment = number;\n```')
  })

  test('tells of each member that has a docstring, its own or one that is inherited', () => {
    const page = pageOf(`
      /** Time. */
      export interface Clock {
        /** In milliseconds. @returns since the start. */
        now(): number;
        zone: string;
        directory: {
          /** Where. */
          path: string;
        };
      }
      /** Of tests. */
      export declare class TestClock implements Clock { now(): number; zone: string; directory: { path: string }; }
    `)
    expect(under('Clock', page).split('\n\n').at(-1)).toBe(
      '- **`now`** In milliseconds. **Returns** since the start.\n- **`directory.path`** Where.',
    )
    expect(under('TestClock', page)).toContain('- **`now`** In milliseconds.')
  })

  test('does not take what a file is for as what its first declaration is', () => {
    const files = {
      'packages/clocks/src/index.ts': '/** All about time. */\n\nexport type Moment = number\n',
    }
    const page = pageOf('/** All about time. */\nexport type Moment = number;', files)
    expect(under('Moment', page)).toBe('```ts\ntype Moment = number;\n```')
  })

  test('leaves out what is internal, and says what is only a type', () => {
    const page = pageOf(
      "export type { Timer } from './timer.ts';\n/** @internal */\nexport declare const x: 1;",
      {
        'packages/clocks/dist/timer.d.ts':
          '/** Rings. */\nexport declare class Timer {\n/** @internal */ peek(): void;\n/** Ends it. */ stop(): void; }',
      },
    )
    expect(page).not.toMatch(/peek|### x/)
    expect(under('Timer', page)).toContain('Only as a type')
    expect(page).toContain('## Types\n')
  })

  test('links names of its own, and those of other packages where these are told', () => {
    const pages = reference({
      'packages/a/package.json': packageWith('a', ''),
      'packages/a/dist/index.d.ts': 'export interface Clock { now(): number; }',
      'packages/b/package.json': packageWith('b', ''),
      'packages/b/dist/index.d.ts':
        "export * from 'a';\nexport { type Clock as Time } from 'a';\nexport { type Socket } from 'node:net';\n/** Before {@link Moment | a moment}, see {@link Gone}. */\nexport type Moment = number;",
    })
    const page = pages.find(({ file }) => file === 'b.md')!.text
    expect(under('Moment', page)).toContain('Before [a moment](#Moment), see `Gone`.')
    expect(page).toContain(
      '| all of it | [`a`](a.md) |\n| [`Time`](a.md#Clock) | [`a`](a.md) |\n| `Socket` | `node:net` |',
    )
  })

  test('lists every entry point, and leads to what else there is', () => {
    const [about, ...pages] = reference({
      'packages/a/package.json': { ...packageWith('a', '', '/node'), description: 'Of time' },
      'packages/a/dist/index.d.ts': 'export type A = 1;\nexport type B = 2;',
      'packages/a/dist/node.d.ts': 'export type C = 1;',
    })
    expect(pages.map(({ file }) => file)).toEqual(['a.md', 'a.node.md'])
    expect(about!.file).toBe('README.md')
    expect(about!.text).toContain('| [`a`](a.md) | 2 | Of time |\n| [`a/node`](a.node.md) | 1 |  |')
    expect(about!.text).toContain('](../../docs/errors.md)')
    expect(pages[0]!.text).toContain('](../../packages/a/README.md)')
  })
})
