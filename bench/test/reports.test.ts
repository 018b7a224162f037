/** What is made of figures: medians, ratios, tables, pictures. */
import { describe, expect, test } from 'vitest'
import { type Chart, chartSvg } from '../src/chart.ts'
import { compareReport } from '../src/compare/compare.ts'
import { ratesOf } from '../src/failover/throughput.ts'
import { countIn } from '../src/peers/flushes.ts'
import { concurrencies, type PeerFigure, type PeersResult, presentOf } from '../src/peers/measure-peers.ts'
import type { Peer } from '../src/peers/peer.ts'
import { peersReport } from '../src/peers/report.ts'
import { quantileOf, spreadOf, spreadText } from '../src/spread.ts'

const machine = {
  date: '2026-01-01 00:00',
  node: 'v20.19.0',
  system: 'Linux',
  processors: '2 × made up',
  memoryGib: 8,
  load: 0.5,
  commit: null,
}

test('a spread is the median with the least and the most, in whatever order they came', () => {
  expect(spreadOf([3, 1, 10])).toEqual({ median: 3, least: 1, most: 10, rounds: 3 })
  expect(spreadOf([4, 1, 3, 2]).median).toBe(2.5)
  expect(spreadText(spreadOf([1.004, 2, 3.5]), 2)).toBe('2 (1–3.5)')
  expect(() => spreadOf([])).toThrow('no rounds')
})

test('a quantile is the nearest rank', () => {
  const hundred = Array.from({ length: 100 }, (_, i) => i + 1)
  expect(quantileOf(hundred, 0.99)).toBe(99)
  expect(quantileOf(hundred, 1)).toBe(100)
  expect(quantileOf([7], 0.99)).toBe(7)
})

describe('flushes in what strace wrote', () => {
  const trace = `41 fdatasync(9</d/wal>) = 0
41 fsync(10</d>) = 0
42 pwritev(11</d/log>, [{iov_len=100}], 1, 0) = 100
42 pwrite64(12</d/other>, ""..., 10, 0) = 10
42 pwritev(11</d/log>, [{iov_len=100}], 1, 100 <unfinished ...>
41 write(3<socket:[17]>, ""..., 10) = 10
42 <... pwritev resumed>) = 100
43 msync(0x7f, 4096, MS_SYNC) = 0`

  test('are calls for one, and writes to files each write to which is one; a call that was interrupted counts once', () => {
    expect(countIn(trace, new Set(['/d/log']))).toBe(5)
    expect(countIn(trace, new Set())).toBe(3)
  })
})

test('a peer that is missing, or does not start, is skipped and said', async () => {
  const peer = (name: string, missing?: string): Peer => ({
    name,
    what: 'w',
    settings: 's',
    find: async () => (missing === undefined ? { versions: 'v' } : { missing }),
    open: () => Promise.reject(new Error('not here')),
  })
  const asked: string[] = []
  const found = await presentOf(
    [peer('whole'), peer('broken'), peer('absent', 'no program')],
    async (name) => {
      asked.push(name)
      return name === 'broken' ? 'it did not start' : null
    },
  )
  expect(found.present.map(({ name }) => name)).toEqual(['whole'])
  expect(found.skipped).toEqual([
    { name: 'broken', why: 'it did not start' },
    { name: 'absent', why: 'no program' },
  ])
  expect(asked).toEqual(['whole', 'broken'])
})

describe('the report of peers', () => {
  const figuresOf = (peer: string, rates: readonly number[]): PeerFigure[] =>
    rates.flatMap((ops_per_s, i) =>
      concurrencies.map((concurrency) => {
        return { peer, round: i + 1, concurrency, ops_per_s, p50_us: 10, p99_us: 20 }
      }),
    )
  const peer = (name: string) => ({ name, what: 'w', settings: 's', versions: 'v' })
  const result: PeersResult = {
    machine,
    peers: [peer('rafted-3p'), peer('other')],
    skipped: [{ name: 'absent', why: 'it is not installed' }],
    figures: [...figuresOf('rafted-3p', [100, 200, 300]), ...figuresOf('other', [50, 400, 100])],
    flushes: [
      { peer: 'rafted-3p', concurrency: 1, perCommand: [1, 0.99, 0] },
      { peer: 'other', concurrency: 1, perCommand: [0, 1.1, 0] },
      { peer: 'other', concurrency: 64, perCommand: [0, 0.02, 0] },
    ],
    notCounted: null,
  }

  test('begins with ratios, each of one round', () => {
    const text = peersReport(result)
    // 2, 0.5 and 3: not 200 / 100.
    expect(text).toContain('| other | 2 (0.5–3) | 2 (0.5–3) | 2 (0.5–3) | 2 (0.5–3) |')
    expect(text.indexOf('as a multiple of')).toBeLessThan(text.indexOf('microseconds'))
  })

  test('has no figure where a system gave none, and no ratio of that round', () => {
    const figures = result.figures.filter(
      ({ peer, round, concurrency }) => peer !== 'other' || (concurrency !== 1024 && round !== 2),
    )
    expect(peersReport({ ...result, figures })).toContain(
      '| other | 2.5 (2–3) | 2.5 (2–3) | 2.5 (2–3) | no figure |',
    )
  })

  test('says whether a majority flushes before it answers, and what was skipped', () => {
    const text = peersReport(result)
    expect(text).toContain('| rafted-3p | 1 | 1.00, 0.99, 0.000 | yes, on 2 of 3 |')
    expect(text).toContain('| other | 1 | 0.000, 1.10, 0.000 | no: 1 of 3 flush for each command |')
    expect(text).toContain('Skipped: 1. absent: it is not installed.')
    expect(peersReport({ ...result, flushes: [], notCounted: 'no strace' })).toContain(
      'not counted: no strace',
    )
  })
})

test('a comparison tells ratios of rounds', () => {
  const comparisons = [
    { name: 'x command 16 1.', base: [100, 100], here: [150, 50], ratio: spreadOf([1.5, 0.5]) },
  ]
  const text = compareReport({ machine, base: 'a'.repeat(40), here: 'b'.repeat(40), comparisons })
  expect(text).toContain('| x command 16 1. | 1 (0.5–1.5) | 100 (100–100) | 100 (50–150) |')
})

test('the worst second is looked for wherever it begins', () => {
  const counts = [
    ...Array.from({ length: 7 }, () => 10),
    ...Array.from({ length: 8 }, () => 1),
    10,
    10,
    10,
    10,
    10,
  ]
  expect(ratesOf(counts)).toEqual({ mean: 64, worst: 28 })
  expect(() => ratesOf([1, 2, 3])).toThrow('less than a second')
})

describe('a chart', () => {
  const chart: Chart = {
    title: 'a < b & "c"',
    x: { label: 'commands', log: true },
    y: { label: 'µs' },
    lines: [
      {
        name: 'one',
        points: [
          { x: 1000, y: 10 },
          { x: 100_000, y: 30 },
        ],
      },
    ],
  }

  test('has each point in its place', () => {
    const svg = chartSvg(chart)
    // From 76 to 696 across, from 316 up to 44.
    expect(svg).toContain('cx="76" cy="225.3"')
    expect(svg).toContain('cx="696" cy="44"')
    expect(svg).toContain('>10K<')
  })

  test('is text in itself, and knows dark readers', () => {
    const svg = chartSvg(chart)
    expect(svg).toContain('a &lt; b &amp; &quot;c&quot;')
    expect(svg).toContain('prefers-color-scheme: dark')
  })

  test('of nothing, or with a logarithm of nothing, is refused', () => {
    expect(() => chartSvg({ ...chart, lines: [] })).toThrow('nothing to draw')
    expect(() => chartSvg({ ...chart, lines: [{ name: 'none', points: [{ x: 0, y: 1 }] }] })).toThrow(
      'no logarithm',
    )
  })
})
