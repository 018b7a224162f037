/**
 * What a kernel can do to a line. With netem all of it; without, a narrow line (`tbf`) delays what is sent over it and loses what waits too long, and
 * `nft`, where it is there, loses packets and sends them twice.
 */
import { command, type Said } from './kernel-commands.ts'
import type { NamespacesData } from './namespaces.ts'
import type { Line } from './weather.ts'

export interface LineMeans {
  readonly name: string
  /** The bad lines from now on; all others are good. */
  set(lines: readonly Line[]): Promise<void>
}

/** Queueing on a line so narrow, bits per second, is what its delay stands for. */
const WIDE = 20_000_000
const NARROW = 400_000

export async function lineMeans(data: NamespacesData): Promise<LineMeans> {
  const tried = await command('tc', [
    '-n',
    data.router,
    'qdisc',
    'add',
    'dev',
    'lo',
    'root',
    'netem',
    'delay',
    '1ms',
  ])
  if (tried.ok) return { name: 'netem', set: discs(data, netem) }
  const narrow = discs(data, tbf)
  const table = await nft(data.router, ['add table ip weather'])
  if (!table.ok)
    return { name: 'narrow ones (this kernel has no netem, or there is no tc; no nft)', set: narrow }
  return {
    name: 'narrow ones, and packets lost and sent twice by nft (this kernel has no netem)',
    async set(lines) {
      await narrow(lines)
      await nft(data.router, ['delete table ip weather', ...rules(lines)])
    },
  }
}

function netem({ delayMs, jitterMs, lossPercent, duplicatePercent, reorderPercent }: Line): string {
  return (
    `netem limit 10000 delay ${delayMs}ms ${jitterMs}ms loss ${lossPercent}% duplicate ${duplicatePercent}% ` +
    `reorder ${100 - reorderPercent}% 50%`
  )
}

function tbf({ delayMs, jitterMs }: Line): string {
  const share = Math.min(1, (delayMs + jitterMs) / 250)
  return `tbf rate ${Math.round(WIDE * (NARROW / WIDE) ** share)}bit burst 16kb latency ${Math.max(20, 3 * delayMs)}ms`
}

/** The same at both ends of each line: to the place and from it. */
function discs(
  { router, names }: NamespacesData,
  words: (line: Line) => string,
): (lines: readonly Line[]) => Promise<void> {
  let bad: readonly Line[] = []
  return async (lines) => {
    const good = bad.filter(({ place }) => !lines.some((line) => line.place === place))
    bad = lines
    const batches = new Map<string, string[]>([[router, []]])
    const add = (place: number, what: (device: string) => string): void => {
      batches.get(router)!.push(what(`h${place}`))
      batches.set(names[place]!, [what('eth0')])
    }
    for (const { place } of good) add(place, (device) => `qdisc delete dev ${device} root`)
    for (const line of lines) add(line.place, (device) => `qdisc replace dev ${device} root ${words(line)}`)
    const said = await Promise.all(
      [...batches].map(([name, batch]) => command('tc', ['-n', name, '-batch', '-'], batch)),
    )
    const failed = said.find(({ ok }) => !ok)
    if (failed !== undefined) throw new Error(failed.problem)
  }
}

/** Each line in both directions, in parts of a thousand. */
function rules(lines: readonly Line[]): string[] {
  const chance = (percent: number): string => `numgen random mod 1000 < ${percent * 10}`
  return [
    'table ip weather {',
    'chain forward { type filter hook forward priority 0; policy accept;',
    ...lines.flatMap(({ place, lossPercent, duplicatePercent }) =>
      ['iifname', 'oifname'].flatMap((way) => [
        `${way} "h${place}" ${chance(lossPercent)} drop`,
        `${way} "h${place}" ${chance(duplicatePercent)} dup to ip daddr`,
      ]),
    ),
    '}',
    '}',
  ]
}

function nft(namespace: string, script: readonly string[]): Promise<Said> {
  return command('ip', ['netns', 'exec', namespace, 'nft', '-f', '-'], script)
}
