/**
 * A process that opens a directory when it is told to. Each line it reads is a command, each line it writes is JSON.
 * `node opener.ts DIRECTORY [cluster]`: with `cluster` a worker of a cluster does it, and its primary stays.
 */
import cluster from 'node:cluster'
import { linkSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { isRaftedError } from '@rafted/contracts'
import { realClock, realRandom } from '@rafted/contracts/node'
import {
  type Listener,
  type Machine,
  nodeFileSystem,
  nodeMachine,
  type OpenDirectory,
  openDirectory,
} from '../../src/index.ts'

const [path, mode] = process.argv.slice(2)
const say = (what: unknown): void => void process.stdout.write(`${JSON.stringify(what)}\n`)

/** The real machine, whose listeners can end as those of a killed process do: the socket stays, and refuses. */
const listeners = new Map<string, Listener>()
const real = nodeMachine()
const machine: Machine = {
  ...real,
  listen: async (directory, name) => {
    const listener = await real.listen(directory, name)
    const socket = join(directory, name)
    listeners.set(socket, listener)
    return {
      close: async () => {
        listeners.delete(socket)
        await listener.close()
      },
    }
  },
}

async function abandon(): Promise<void> {
  for (const [socket, listener] of listeners) {
    linkSync(socket, `${socket}.kept`)
    await listener.close()
    renameSync(`${socket}.kept`, socket)
  }
  listeners.clear()
}

const held: OpenDirectory[] = []

async function open(): Promise<string> {
  try {
    const options = { path: path!, cluster: 'shop', host: 'a', clock: realClock, random: realRandom, machine }
    held.push(await openDirectory({ ...options, fileSystem: nodeFileSystem() }))
    return 'held'
  } catch (error) {
    return isRaftedError(error) ? `${error.code} ${error.details.pid}` : String(error)
  }
}

if (mode === 'cluster' && cluster.isPrimary) {
  const worker = cluster.fork()
  worker.on('exit', () => say({ workerEnded: worker.process.pid }))
} else {
  say({ ready: process.pid })
  if (mode === 'cluster') say({ outcomes: [await open()] })
  else
    createInterface(process.stdin).on('line', (line) => {
      const [command, count] = line.split(' ')
      const run = {
        open: async () => say({ outcomes: await Promise.all(Array.from({ length: Number(count) }, open)) }),
        close: async () => {
          for (const directory of held.splice(0)) await directory.close()
          say('closed')
        },
        abandon: async () => {
          held.length = 0
          await abandon()
          say('abandoned')
        },
      }[command!]
      void run?.()
    })
}
