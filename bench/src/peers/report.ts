/** What was measured of Rafted and its peers, as Markdown: ratios first, since those hold on other machines best. */
import { machineText } from '../machine.ts'
import { spreadOf, spreadText } from '../spread.ts'
import { markdownTable } from '../tables.ts'
import { concurrencies, type PeerFigure, type PeersResult } from './measure-peers.ts'

export function peersReport(result: PeersResult): string {
  const { machine, peers, skipped } = result
  const [first, ...others] = peers
  const rounds = new Set(result.figures.map(({ round }) => round)).size
  const sections = [
    `Measured ${machineText(machine)}. ${rounds} rounds; median (least–most).`,
    `Commands per second of ${first!.name}, as a multiple of:`,
    ratioTable(result, first!.name, others),
    '“No figure” is a system that had not answered all commands half a minute after its time. Commands per second; below, microseconds of the median command and of the 99th in a hundred.',
    rateTable(result),
    flushText(result),
    markdownTable(
      ['', 'what', 'versions', 'settings'],
      peers.map(({ name, what, versions, settings }) => [name, what, versions, settings]),
    ),
    `Skipped: ${skipped.length}.${skipped.map(({ name, why }) => ` ${name}: ${why}.`).join('')}`,
  ]
  return `${sections.join('\n\n')}\n`
}

function ratioTable(
  { figures }: PeersResult,
  first: string,
  others: readonly { readonly name: string }[],
): string {
  return markdownTable(
    ['', ...concurrencies.map((count) => `${count} under way`)],
    others.map(({ name }) => [
      name,
      ...concurrencies.map((concurrency) => {
        const own = of(figures, first, concurrency)
        const ratios = of(figures, name, concurrency).flatMap(({ round, ops_per_s }) => {
          const same = own.find((other) => other.round === round)
          return same === undefined ? [] : [same.ops_per_s / ops_per_s]
        })
        return cell(ratios, 2)
      }),
    ]),
  )
}

function rateTable({ figures, peers }: PeersResult): string {
  const rows = peers.flatMap(({ name }) => {
    const cells = (digits: number, value: (figure: PeerFigure) => number): string[] =>
      concurrencies.map((concurrency) => cell(of(figures, name, concurrency).map(value), digits))
    return [
      [name, ...cells(0, ({ ops_per_s }) => ops_per_s)],
      ['  median, µs', ...cells(0, ({ p50_us }) => p50_us)],
      ['  99th, µs', ...cells(0, ({ p99_us }) => p99_us)],
    ]
  })
  return markdownTable(['', ...concurrencies.map((count) => `${count} under way`)], rows)
}

/** Of the rounds in which there is a figure. */
function cell(values: readonly number[], digits: number): string {
  return values.length === 0 ? 'no figure' : spreadText(spreadOf(values), digits)
}

function of(figures: readonly PeerFigure[], peer: string, concurrency: number): PeerFigure[] {
  return figures.filter((figure) => figure.peer === peer && figure.concurrency === concurrency)
}

function flushText({ flushes, notCounted }: PeersResult): string {
  if (notCounted !== null) return `Flushes were not counted: ${notCounted}.`
  const rows = flushes.map(({ peer, concurrency, perCommand }) => [
    peer,
    String(concurrency),
    perCommand.map((count) => count.toFixed(count < 0.1 ? 3 : 2)).join(', '),
    concurrency === 1 ? verdict(perCommand) : '',
  ])
  const head = ['', 'under way', 'flushes per command, of each process', 'on the disk when it is answered']
  return `What strace saw: \`fsync\`, \`fdatasync\`, and writes to files opened with \`O_DSYNC\`.\n\n${markdownTable(head, rows)}`
}

/** With one command under way, whoever flushes before it answers does it for each of them; nine in ten, since what is counted begins and ends in the middle of one. */
function verdict(perCommand: readonly number[]): string {
  const flushing = perCommand.filter((count) => count >= 0.9).length
  if (flushing > perCommand.length / 2) return `yes, on ${flushing} of ${perCommand.length}`
  return `no: ${flushing} of ${perCommand.length} flush for each command`
}
