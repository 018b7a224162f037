/** Three processes on loopback, one of which passes on what it gets to the other two; a client's connection to that one. */
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ChildHost } from '@rafted/testing'

export interface Trio {
  readonly socket: Socket
  readonly pids: readonly number[]
  close(): Promise<void>
}

/**
 * Each process is told where its file is, and then `args`. Asked with no ports it follows, with those of two that follow it leads; it answers its own port.
 * @param program the module that runs in each.
 */
export async function openTrio(program: string | URL, args: readonly string[]): Promise<Trio> {
  const directory = await mkdtemp(join(tmpdir(), 'rafted-bench-'))
  const start = (role: string): ChildHost =>
    new ChildHost({ program, args: [join(directory, role), ...args] })
  const [leader, ...followers] = [start('leader'), start('follower-1'), start('follower-2')] as const
  const ports = await Promise.all(followers.map((follower) => follower.ask([])))
  const socket = await dial((await leader.ask(ports)) as number)
  return {
    socket,
    pids: [leader, ...followers].map(({ pid }) => pid),
    close: async () => {
      socket.destroy()
      await Promise.all([leader, ...followers].map((child) => child.kill()))
      await rm(directory, { recursive: true })
    },
  }
}

export async function dial(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await new Promise((resolve) => socket.once('connect', resolve))
  return socket
}

/** @returns the port at which connections come. */
export async function serve(serveOne: (socket: Socket) => void): Promise<number> {
  const server = createServer({ noDelay: true }, serveOne)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as { port: number }).port
}
