/**
 * What `files-3p` could be at best: the same processes, sockets and flushes, about the same bytes, and nothing else. The leader passes on
 * what it gets and writes it, as the others do; it answers when one of them has flushed it. No terms, no elections, no checks, no value.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ChildHost } from '@rafted/testing'
import { connectTo, frame } from './bare-frames.ts'
import { moduleHere } from './here.ts'
import type { Suite } from './suite.ts'

/** What a command of Rafted takes besides its argument, about: heads, session, checksums. */
const HEAD_BYTES = 100

export const bare3p: Suite = {
  system: 'bare',
  config: 'files-3p',
  onDisk: true,
  reads: [],
  async open() {
    const directory = await mkdtemp(join(tmpdir(), 'rafted-bench-'))
    const host = (role: string): ChildHost =>
      new ChildHost({ program: moduleHere('bare-host'), args: [join(directory, role)] })
    const [leader, ...followers] = [host('leader'), host('follower-1'), host('follower-2')]
    const ports = await Promise.all(followers.map((follower) => follower.ask({ follow: true })))
    const port = (await leader!.ask({ lead: ports })) as number
    const waiting: (() => void)[] = []
    // Answers come in the order of the commands: each frame is one.
    const socket = await connectTo(port, () => waiting.shift()!())
    return {
      command: (payload) =>
        new Promise<void>((resolve) => {
          waiting.push(resolve)
          socket.write(frame(new Uint8Array(HEAD_BYTES + payload.length)))
        }),
      query: () => Promise.reject(new Error('there is no value')),
      close: async () => {
        socket.destroy()
        await Promise.all([leader!, ...followers].map((child) => child.kill()))
        await rm(directory, { recursive: true })
      },
    }
  },
}
