import { describe, expect, test } from 'vitest'
import { undocumented } from '../src/api/pages.ts'
import { formatProblem } from '../src/tidy/repository.ts'
import { packageWith, reportOf, reports } from './made-up-packages.ts'

function missing(index: string, files: Record<string, string> = {}): string[] {
  return undocumented([reportOf(index, files)]).map(({ message }) =>
    message.replace(/ has no docstring: .*/, ''),
  )
}

describe('a docstring must be there', () => {
  test('for every export', () => {
    const index = `
      export declare function now(): number;
      export declare const epoch: number;
      export interface Zone {}
      export type Moment = number;
      export declare class Timer {}
      /** Ends it. */
      export declare function stop(): void;
      declare function own(): void;
      export {};
    `
    expect(missing(index)).toEqual(['Moment', 'Timer', 'Zone', 'epoch', 'now'])
    expect(undocumented([reportOf(index)]).map(formatProblem)[0]).toBe(
      'packages/clocks/src/index.ts: Moment has no docstring: say what it means to those who use it',
    )
  })

  test('for what classes and types do, and for properties of classes', () => {
    expect(
      missing(`
        /** Counts time. */
        export declare class Timer {
          #left;
          private begun;
          readonly ms: number;
          get left(): number;
          stop(): void;
          /** Said. */
          start(): void;
          constructor(ms: number);
        }
        /** Of the day. */
        export interface Clock {
          now(): number;
          after: (ms: number) => void;
          soon?: (() => void) | undefined;
          readonly zone: string;
        }
      `),
    ).toEqual(['Clock.now', 'Clock.after', 'Clock.soon', 'Timer.ms', 'Timer.left', 'Timer.stop'])
  })

  test('for every property of options, of what they extend and of what they hold', () => {
    expect(
      missing(`
        export {};
        interface Base { readonly zone: string; }
        interface Limits { readonly most: number; }
        interface Elsewhere { readonly free: string; }
        /** How it runs. */
        export interface TimerOptions extends Partial<Base> {
          readonly limits: Limits;
          readonly place: { readonly name: string };
          readonly done: (all: Elsewhere) => void;
          /** In milliseconds. */
          readonly ms: number;
        }
      `),
    ).toEqual([
      'TimerOptions.place',
      'TimerOptions.place.name',
      'TimerOptions.done',
      'Base.zone',
      'Limits.most',
    ])
  })

  test('that says more than the name', () => {
    expect(missing('/** The start time. */\nexport type StartTime = number;')).toEqual(['StartTime'])
    expect(missing('/** The start time, in milliseconds. */\nexport type StartTime = number;')).toEqual([])
    expect(
      missing('/** @throws {RangeError} before 1970 */\nexport declare function now(): number;'),
    ).toEqual([])
  })

  test('that is not what the file begins with', () => {
    const index = '/** All about time. */\nexport type Moment = number;'
    const source = 'packages/clocks/src/index.ts'
    expect(missing(index, { [source]: '/** All about time. */\n\nexport type Moment = number\n' })).toEqual([
      'Moment',
    ])
    expect(
      missing(index, { [source]: "/** All about time. */\nimport 'a'\nexport type Moment = number\n" }),
    ).toEqual(['Moment'])
    expect(missing(index, { [source]: '/** All about time. */\nexport type Moment = number\n' })).toEqual([])
  })
})

describe('without a docstring may go', () => {
  test('fields of data, which are told', () => {
    const report = reportOf('/** When it was. */\nexport interface Moment { readonly ms: number; }')
    expect(undocumented([report])).toEqual([])
    expect(report.missing).toEqual([
      { path: 'packages/clocks/src/index.ts', name: 'Moment.ms', isField: true },
    ])
  })

  test('what the language knows: symbols, constants, the name of an error', () => {
    expect(
      missing(`
        /** It was too late. */
        export declare class LateError extends Error {
          readonly name: string;
          readonly code = "late";
          [Symbol.dispose](): void;
        }
      `),
    ).toEqual([])
  })

  test('what is called as its type', () => {
    expect(
      missing(`
        /** Time. */
        export interface Clock {}
        /** How it runs. */
        export interface TimerOptions { readonly clock: Pick<Clock, 'now'> | undefined; readonly zone: Clock; }
      `),
    ).toEqual(['TimerOptions.zone'])
  })

  test('a property that the docstring above it names; not a function', () => {
    expect(
      missing(`
        /** In the zone \`zone\`, or after \`{ ms }\`; \`run\` is called then. */
        export interface TimerOptions { readonly zone: string; readonly ms: number; run(): void; readonly most: number; }
      `),
    ).toEqual(['TimerOptions.run', 'TimerOptions.most'])
  })

  test('what has one where it comes from, in another package too', () => {
    const found = reports({
      'packages/a/package.json': packageWith('a', ''),
      'packages/a/dist/index.d.ts': '/** Time. */\nexport interface Clock {\n/** In ms. */ now(): number;\n}',
      'packages/b/package.json': packageWith('b', ''),
      'packages/b/dist/index.d.ts':
        "import type { Clock } from 'a';\nexport * from 'a';\n/** Of tests. */\nexport declare class TestClock implements Clock { now(): number; set(): void; }",
    })
    expect(undocumented(found).map(({ message }) => message.split(' ')[0])).toEqual(['TestClock.set'])
  })

  test('what is internal', () => {
    expect(missing('/** @internal */\nexport declare function reset(): void;')).toEqual([])
    const parts = { 'packages/clocks/dist/parts.d.ts': 'export interface Parts {}' }
    expect(missing("/** @internal */\nexport type { Parts } from './parts.ts';", parts)).toEqual([])
    expect(missing("export type { Parts } from './parts.ts';", parts)).toEqual(['Parts'])
  })
})
