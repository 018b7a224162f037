/**
 * The core is pure: it imports nothing, touches nothing but a few globals of the language, and runs where there is
 * nothing else.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { createContext, runInContext } from 'node:vm'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import type { CoreOptions, Stored } from '../src/index.ts'
import type { Hooks } from './by-hand.ts'
import { Dice, play, runs } from './properties/random-run.ts'

const src = fileURLToPath(new URL('../src', import.meta.url))
const sources = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))

interface Node {
  type: string
  [key: string]: unknown
}

interface Vite {
  build(options: object): Promise<{ output: { code: string }[] }[]>
  parseAst(code: string): Node
}

/** What the test runner itself bundles and parses with. */
async function vite(): Promise<Vite> {
  const runner = createRequire(import.meta.url).resolve('vitest/package.json')
  return import(pathToFileURL(createRequire(runner).resolve('vite')).href)
}

let bundle = ''
let program: Node

beforeAll(async () => {
  const { build, parseAst } = await vite()
  const lib = { entry: `${src}/index.ts`, formats: ['iife'], name: 'rafted' }
  const [built] = await build({
    configFile: false,
    logLevel: 'silent',
    root: src,
    build: { write: false, minify: false, target: 'es2023', lib },
  })
  bundle = built!.output[0]!.code
  program = parseAst(bundle)
}, 60_000)

describe('imports', () => {
  test('each file imports files beside it, by their whole names, and nothing else', () => {
    expect(sources.length).toBeGreaterThan(20)
    for (const name of sources) {
      const text = readFileSync(`${src}/${name}`, 'utf8')
      const specifiers = [...text.matchAll(/\b(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)].map(
        (match) => match[1]!,
      )
      for (const specifier of specifiers)
        expect(sources, `${name} imports ${specifier}`).toContain(specifier.replace('./', ''))
      expect(text, `${name} imports what it computes`).not.toMatch(/\bimport\s*\(\s*[^'"]/)
      expect(text, name).not.toMatch(/\brequire\s*\(|\bimport\.meta\b/)
    }
  })
})

function walk(
  node: Node,
  visit: (node: Node, parent: Node | null, key: string) => void,
  parent: Node | null = null,
  key = '',
): void {
  visit(node, parent, key)
  for (const [name, value] of Object.entries(node))
    for (const part of Array.isArray(value) ? value : [value]) if (isNode(part)) walk(part, visit, node, name)
}

/** The names that a pattern declares. */
function namesIn(pattern: unknown): string[] {
  if (!isNode(pattern)) return []
  if (pattern.type === 'Identifier') return [pattern.name as string]
  if (pattern.type === 'ObjectPattern')
    return (pattern.properties as Node[]).flatMap((part) => namesIn(part.value ?? part.argument))
  if (pattern.type === 'ArrayPattern') return (pattern.elements as unknown[]).flatMap(namesIn)
  return namesIn(pattern.left ?? pattern.argument)
}

/** Names that the code reads, and names that it declares. */
function namesOf(root: Node): { used: Set<string>; declared: Set<string> } {
  const used = new Set<string>()
  const declared = new Set<string>()
  walk(root, (node, parent, key) => {
    if (node.type === 'Identifier' && !isOnlyAName(parent, key)) used.add(node.name as string)
    const patterns = [...((node.params as unknown[] | undefined) ?? [])]
    if (/^(Function|Class)/.test(node.type) || node.type === 'VariableDeclarator') patterns.push(node.id)
    if (node.type === 'CatchClause') patterns.push(node.param)
    for (const name of patterns.flatMap(namesIn)) declared.add(name)
  })
  return { used, declared }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string'
}

function isOnlyAName(parent: Node | null, key: string): boolean {
  if (parent === null || parent.computed === true) return false
  if (parent.type === 'MemberExpression') return key === 'property'
  return key === 'key' || key === 'label'
}

/** The members of a global that the code reads. */
function membersOf(root: Node, object: string): Set<string> {
  const members = new Set<string>()
  walk(root, (node) => {
    if (node.type === 'MemberExpression' && isNode(node.object) && node.object.name === object)
      members.add(node.computed === true ? '[…]' : ((node.property as Node).name as string))
  })
  return members
}

describe('globals', () => {
  // `Symbol` is the bundler's, for the name of the module.
  const allowed = [
    'Array',
    'Error',
    'JSON',
    'Map',
    'Math',
    'Number',
    'Object',
    'Set',
    'String',
    'Symbol',
    'TypeError',
    'undefined',
  ]

  test('only those of the language that are on this list', () => {
    const { used, declared } = namesOf(program)
    expect(used.size).toBeGreaterThan(200)
    const globals = [...used].filter((name) => !declared.has(name)).sort()
    expect(globals.filter((name) => !allowed.includes(name))).toEqual([])
    // No name of its own hides a global, so none of them could be used unnoticed.
    const hidden = [...declared].filter((name) => name in globalThis)
    expect(hidden).toEqual([])
  })

  test('of Math only what calculates', () => {
    expect([...membersOf(program, 'Math')].sort()).toEqual(['ceil', 'floor', 'max', 'min'])
  })

  test('nothing waits', () => {
    const kinds = new Set<string>()
    walk(program, (node) => {
      kinds.add(
        node.async === true ? `async ${node.type}` : node.generator === true ? `${node.type}*` : node.type,
      )
    })
    expect([...kinds].filter((kind) => /^(async|Await|Yield|Import)|\*$/.test(kind))).toEqual([])
  })
})

interface Trace {
  options: CoreOptions
  stored: Stored
  now: number
  seed: number
  calls: { now: number; input: unknown }[]
}

describe('in a world with nothing but the language', () => {
  // Chance, clocks, other threads, what depends on the garbage collector, and what answers later.
  const beyond = ['Date', 'Intl', 'console', 'WebAssembly', 'Atomics', 'SharedArrayBuffer', 'WeakRef']
  beyond.push('FinalizationRegistry', 'Promise')

  /** A context without clocks, chance, timers, console, or anything of Node.js or of a browser. */
  function emptyWorld() {
    const context = createContext(Object.create(null), { codeGeneration: { strings: false, wasm: false } })
    runInContext('delete Math.random', context)
    for (const name of beyond) runInContext(`delete globalThis.${name}`, context)
    return context
  }

  test('it loads, and leaves nothing behind but itself', () => {
    const context = emptyWorld()
    const names = () =>
      runInContext('JSON.stringify(Object.getOwnPropertyNames(globalThis))', context) as string
    const before: string[] = JSON.parse(names())
    runInContext(bundle, context)
    const after: string[] = JSON.parse(names())
    expect(after.filter((name) => !before.includes(name))).toEqual(['rafted'])
    expect(after).not.toContain('Date')
    expect(runInContext('typeof process + typeof setTimeout + typeof Promise', context)).toBe(
      'undefinedundefinedundefined',
    )
  })

  test('it answers as it does here', () => {
    const context = emptyWorld()
    runInContext(bundle, context)
    // Each call is a step if it has an input, and a drain if it has none.
    const replay = runInContext(
      `(text, random) => {
         const { options, stored, now, calls } = JSON.parse(text)
         const core = new rafted.Core({ ...options, random }, stored, now)
         return calls.map(({ input, now }) => JSON.stringify(input ? core.step(input, now) : core.drain(now)))
       }`,
      context,
    ) as (text: string, random: () => number) => string[]
    let compared = 0
    for (const run of fc.sample(runs(300, true), { numRuns: 8, seed: 7 })) {
      const { traces, answers } = record(run)
      for (const [at, trace] of traces.entries()) {
        expect([...replay(JSON.stringify(trace), new Dice(trace.seed).next)]).toEqual(answers[at])
        compared += answers[at]!.length
      }
    }
    expect(compared).toBeGreaterThan(500)
  })
})

/** Everything that each core is told in a run, and what it answers here. */
function record(run: Parameters<typeof play>[0]): { traces: Trace[]; answers: string[][] } {
  const traces: Trace[] = []
  const answers: string[][] = []
  const current = new Map<string, number>()
  const note = (id: string, call: Trace['calls'][number], answer: unknown) => {
    const at = current.get(id)!
    traces[at]!.calls.push(call)
    answers[at]!.push(JSON.stringify(answer))
  }
  const hooks: Hooks = {
    onBegin: (hand, options, stored) => {
      const seed = 977 * traces.length
      hand.chance = new Dice(seed).next
      current.set(hand.id, traces.length)
      traces.push({ options, stored, now: hand.group.now, seed, calls: [] })
      answers.push([])
    },
    onStep: (hand, input, answer) => note(hand.id, { now: hand.group.now, input }, answer),
    onTurn: (hand, effects) => note(hand.id, { now: hand.group.now, input: null }, effects),
  }
  play(run, hooks)
  return { traces, answers }
}
