/** The machine this process runs on. */
import { execFile } from 'node:child_process'
import * as fs from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { RaftedError } from '@rafted/contracts'
import type { Listener, Machine, Probe } from './files/machine.ts'

/** Bytes of a socket's path that every system takes: `sockaddr_un` has room for 104 on macOS and 108 on Linux, a zero at the end among them. */
const MAX_SOCKET_PATH = 103

/** Connections that wait in the kernel while the process can't accept them. */
const BACKLOG = 511

/**
 * The machine this process runs on, with Unix sockets. Needs Linux or macOS to tell one boot from another; elsewhere no boot is
 * known to be the same.
 */
export function nodeMachine(): Machine {
  return machine
}

const machine: Machine = { processId: process.pid, hostName: hostname(), bootId, listen, probe }

async function bootId(): Promise<string | null> {
  try {
    if (process.platform === 'linux')
      return (await fs.readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim() || null
    if (process.platform === 'darwin')
      return (
        (await promisify(execFile)('/usr/sbin/sysctl', ['-n', 'kern.bootsessionuuid'])).stdout.trim() || null
      )
  } catch {
    // Some sandboxes hide it. Then no boot is known to be the same as another.
  }
  return null
}

async function listen(directory: string, name: string): Promise<Listener> {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.destroy()
  })
  await withShortPath(directory, name, (path) => listenAt(server, path))
  // An error of one connection is not the end of the listener.
  server.on('error', () => {})
  return {
    async close() {
      await new Promise((resolve) => server.close(resolve))
      // Node.js removes the socket by the path it was given, which may have been a detour.
      await fs.rm(join(directory, name), { force: true })
    },
  }
}

/** `exclusive`, or in a worker of a cluster the primary would listen in its place, and go on when the worker is dead. */
function listenAt(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ path, exclusive: true, backlog: BACKLOG }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function probe(directory: string, name: string): Promise<Probe> {
  return withShortPath(directory, name, async (path) => {
    for (;;) {
      const found = await connected(path)
      // Whoever listened went away before it took the connection: nobody does now, or somebody else.
      if (found !== 'reset') return found
    }
  })
}

function connected(path: string): Promise<Probe | 'reset'> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path })
    socket.on('connect', () => {
      socket.destroy()
      resolve('accepted')
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const meaning = meanings[error.code ?? '']
      if (meaning === undefined) reject(error)
      else resolve(meaning)
    })
  })
}

/** EAGAIN: somebody listens, and more connections wait than are taken. */
const meanings: Readonly<Record<string, Probe | 'reset'>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'reset',
  EAGAIN: 'accepted',
  ENOENT: 'missing',
}

/**
 * Gives a path of the socket that is short enough for a socket's address: the direct one, or one through a symbolic link to the
 * directory. The kernel follows it, so that both name the same socket; the link is needed for the moment of the call only.
 */
async function withShortPath<T>(
  directory: string,
  name: string,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const direct = join(directory, name)
  if (Buffer.byteLength(direct) <= MAX_SOCKET_PATH) return await use(direct)
  const detour = await fs.mkdtemp(join(tmpdir(), 'rafted-'))
  try {
    const path = join(detour, 'd', name)
    if (Buffer.byteLength(path) > MAX_SOCKET_PATH) throw tooLong(directory)
    await fs.symlink(directory, join(detour, 'd'))
    return await use(path)
  } finally {
    await fs.rm(detour, { recursive: true, force: true })
  }
}

function tooLong(directory: string): RaftedError {
  const most = MAX_SOCKET_PATH - 32
  const message =
    `The path ${directory} is too long for a socket in it, and so is that of the directory for temporary files. ` +
    `Use a directory of at most ${most} bytes, or set TMPDIR to one.`
  return new RaftedError('unsupported', message, { outcome: 'not-applied', details: { directory } })
}
