/** Counts, by strace, what processes flush: `fsync` and `fdatasync`, and writes to files that were opened so that each write is one (`O_DSYNC`). */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { programPath } from './server-process.ts'

/** How often each process flushed, in the order of the processes. */
export type FlushCounts = readonly number[]

const FLUSHES = ['fsync', 'fdatasync', 'sync_file_range', 'msync']
const WRITES = ['write', 'pwrite64', 'writev', 'pwritev', 'pwritev2']
/** As Linux has it, in `/proc/PID/fdinfo/FD`: octal. */
const O_DSYNC = 0o10000

/** Why nothing can be counted here, or null. */
export function whyNoCounts(): string | null {
  if (process.platform !== 'linux') return 'strace is of Linux'
  return programPath('strace') === null ? 'strace is not installed' : null
}

/** @param run what the processes are watched during. */
export async function countFlushes(pids: readonly number[], run: () => Promise<void>): Promise<FlushCounts> {
  const directory = await mkdtemp(join(tmpdir(), 'rafted-bench-strace-'))
  try {
    const throughBefore = await Promise.all(pids.map(throughPaths))
    const watchers = await Promise.all(pids.map((pid, i) => attach(pid, join(directory, String(i)))))
    await run()
    const throughAfter = await Promise.all(pids.map(throughPaths))
    await Promise.all(watchers.map(detach))
    return await Promise.all(
      pids.map(async (_, i) => {
        const through = new Set([...throughBefore[i]!, ...throughAfter[i]!])
        return countIn(await readFile(join(directory, String(i)), 'utf8'), through)
      }),
    )
  } finally {
    await rm(directory, { recursive: true })
  }
}

/** @param trace what `strace -f -y` wrote. @param through paths of files each write to which is flushed. */
export function countIn(trace: string, through: ReadonlySet<string>): number {
  let count = 0
  for (const line of trace.split('\n')) {
    const called = /^(?:\d+ +)?(\w+)\(\d+<([^>]*)>/.exec(line)
    const name = called?.[1] ?? /^(?:\d+ +)?(msync)\(/.exec(line)?.[1]
    if (name === undefined) continue
    if (FLUSHES.includes(name) || (WRITES.includes(name) && through.has(called?.[2] ?? ''))) count++
  }
  return count
}

async function attach(pid: number, output: string): Promise<ChildProcess> {
  const calls = [...FLUSHES, ...WRITES].join(',')
  const args = ['-f', '-y', '-e', `trace=${calls}`, '-e', 'signal=none', '-s', '0', '-o', output]
  const watcher = spawn(programPath('strace')!, [...args, '-p', `${pid}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  await new Promise<void>((resolve, reject) => {
    watcher.stderr!.setEncoding('utf8').on('data', (text: string) => {
      said += text
      if (/attached/.test(said)) resolve()
    })
    watcher.once('exit', () => reject(new Error(`strace has ended: ${said.trim()}`)))
  })
  return watcher
}

/** On SIGINT it lets go of the process, which goes on. */
async function detach(watcher: ChildProcess): Promise<void> {
  const ended = once(watcher, 'exit')
  watcher.kill('SIGINT')
  await ended
}

async function throughPaths(pid: number): Promise<string[]> {
  const numbers = await readdir(`/proc/${pid}/fd`)
  const paths = await Promise.all(
    numbers.map(async (number) => {
      try {
        const info = await readFile(`/proc/${pid}/fdinfo/${number}`, 'utf8')
        const flags = Number.parseInt(/^flags:\s*(\d+)/m.exec(info)?.[1] ?? '0', 8)
        return (flags & O_DSYNC) === 0 ? null : await readlink(`/proc/${pid}/fd/${number}`)
      } catch {
        // Closed meanwhile.
        return null
      }
    }),
  )
  return paths.filter((path) => path !== null)
}
