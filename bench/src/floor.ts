/**
 * What no system on this machine can be faster than, measured in the same minute as the rows of files: a flush of the disk, alone and
 * while three processes flush at once, and the round trip of a small message between two processes.
 */
import { mkdtemp, open, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ChildHost } from '@rafted/testing'
import { moduleHere } from './here.ts'
import { closedLoop, type Durations, type Figures } from './measure.ts'
import type { Row } from './row.ts'

const BLOCK = 4096

/** One append of 4 KiB and its `fdatasync`, again and again. */
export async function flushes(directory: string, durations: Durations): Promise<Figures> {
  const file = await open(join(directory, `flushes-${process.pid}`), 'w')
  const block = new Uint8Array(BLOCK)
  let at = 0
  try {
    return await closedLoop(
      async () => {
        await file.write(block, 0, BLOCK, at)
        at += BLOCK
        await file.datasync()
      },
      1,
      durations,
    )
  } finally {
    await file.close()
  }
}

export async function floor(durations: Durations, onRow: (row: Row) => void): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'rafted-bench-'))
  const row = (config: string, op: Row['op'], size: number, figures: Figures): Row => ({
    system: 'machine',
    config,
    op,
    read: null,
    size,
    concurrency: 1,
    ...figures,
  })
  try {
    onRow(row('one', 'fdatasync', BLOCK, await flushes(directory, durations)))
    onRow(row('three', 'fdatasync', BLOCK, await flushesBesideTwo(directory, durations)))
    onRow(row('loopback', 'round-trip', 100, await roundTrips(durations)))
  } finally {
    await rm(directory, { recursive: true })
  }
}

async function flushesBesideTwo(directory: string, durations: Durations): Promise<Figures> {
  const others = [1, 2].map(() => new ChildHost({ program: moduleHere('floor-child') }))
  try {
    await Promise.all(others.map((other) => other.ask('ready')))
    const beside = others.map((other) => other.ask({ flush: directory, durations }))
    const figures = await flushes(directory, durations)
    await Promise.all(beside)
    return figures
  } finally {
    await Promise.all(others.map((other) => other.kill()))
  }
}

async function roundTrips(durations: Durations): Promise<Figures> {
  const other = new ChildHost({ program: moduleHere('floor-child') })
  const port = (await other.ask('echo')) as number
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  try {
    await new Promise((resolve) => socket.once('connect', resolve))
    let answered = (): void => {}
    socket.on('data', () => answered())
    const message = new Uint8Array(100)
    return await closedLoop(
      () =>
        new Promise<void>((resolve) => {
          answered = resolve
          socket.write(message)
        }),
      1,
      durations,
    )
  } finally {
    socket.destroy()
    await other.kill()
  }
}
