/** What figures were measured on, as it is written beside them. */
import { execFileSync } from 'node:child_process'
import { cpus, loadavg, release, totalmem, type } from 'node:os'

export interface MachineDescription {
  readonly date: string
  readonly node: string
  readonly system: string
  readonly processors: string
  readonly memoryGib: number
  /** Of the last minute, when this was asked: what else went on. */
  readonly load: number
  /** Of the sources, or null where git can't tell. */
  readonly commit: string | null
}

export function describeMachine(): MachineDescription {
  const all = cpus()
  return {
    date: new Date().toISOString().slice(0, 16).replace('T', ' '),
    node: process.version,
    system: `${type()} ${release()}`,
    processors: `${all.length} × ${all[0]?.model.trim() ?? 'unknown'}`,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    load: Math.round(loadavg()[0]! * 100) / 100,
    commit: commitHere(),
  }
}

export function machineText({
  date,
  node,
  system,
  processors,
  memoryGib,
  load,
  commit,
}: MachineDescription): string {
  const sources = commit === null ? '' : `, sources ${commit}`
  return `${date} UTC, Node.js ${node}, ${system}, ${processors}, ${memoryGib} GiB, load average ${load} at the beginning${sources}`
}

function commitHere(): string | null {
  try {
    const options = { cwd: import.meta.dirname, encoding: 'utf8', stdio: 'pipe' } as const
    return execFileSync('git', ['rev-parse', '--short=10', 'HEAD'], options).trim()
  } catch {
    return null
  }
}
