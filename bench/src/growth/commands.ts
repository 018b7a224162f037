/** Whether a command costs more after very many, and whether memory grows with them: one run of one group at full load. */
import { CellCluster } from '../cell-cluster.ts'
import type { HostMemory } from '../cell-host.ts'
import { decades, type Growth, type GrowthBench } from './growth.ts'

const PAYLOAD = new Uint8Array(16).fill(0x61)
const CONCURRENCY = 256
const MEMORY_EVERY_MS = 500
const MIB = 2 ** 20

interface Sample extends HostMemory {
  readonly seconds: number
}

export async function growthOfCommands({ commands }: GrowthBench): Promise<Growth[]> {
  const cluster = await CellCluster.open(3, PAYLOAD.length)
  try {
    const leader = await cluster.leader()
    const marks = decades(1000, commands)
    const begin = performance.now()
    const samples: Sample[] = []
    const look = async (): Promise<void> => {
      const memory = await cluster.memory(leader)
      samples.push({ seconds: (performance.now() - begin) / 1000, ...memory })
    }
    const timer = setInterval(() => void look(), MEMORY_EVERY_MS)
    const times = await timesOf(cluster, marks)
    clearInterval(timer)
    await look()
    return [costs(marks, times), memoryOf(samples)]
  } finally {
    await cluster.close()
  }
}

/** For each mark, when half of it and when all of it had been answered, milliseconds. */
async function timesOf(
  cluster: CellCluster,
  marks: readonly number[],
): Promise<{ readonly half: number; readonly all: number }[]> {
  const most = marks.at(-1)!
  const wanted = new Map<number, number>()
  for (const mark of marks) for (const count of [mark / 2, mark]) wanted.set(count, 0)
  let sent = 0
  let answered = 0
  const loop = async (): Promise<void> => {
    while (sent < most) {
      sent++
      await cluster.handle.put(PAYLOAD)
      if (wanted.has(++answered)) wanted.set(answered, performance.now())
    }
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, loop))
  return marks.map((mark) => ({ half: wanted.get(mark / 2)!, all: wanted.get(mark)! }))
}

function costs(
  marks: readonly number[],
  times: readonly { readonly half: number; readonly all: number }[],
): Growth {
  const points = marks.map((mark, i) => ({
    x: mark,
    y: ((times[i]!.all - times[i]!.half) / (mark / 2)) * 1000,
  }))
  return {
    name: 'commands',
    how: `Three processes on files, ${CONCURRENCY} commands of 16 bytes under way; the mean of the second half of so many, from the start of the group on.`,
    chart: {
      title: 'What a command takes after so many commands',
      x: { label: 'commands', log: true },
      y: { label: 'µs per command' },
      lines: [{ name: 'µs per command', points }],
    },
  }
}

function memoryOf(samples: readonly Sample[]): Growth {
  const line = (name: string, of: (sample: Sample) => number) => ({
    name,
    points: samples.map((sample) => ({ x: sample.seconds, y: of(sample) / MIB })),
  })
  return {
    name: 'memory',
    how: 'The process of the leader in the same run.',
    chart: {
      title: 'Memory of the leader at full load',
      x: { label: 'seconds' },
      y: { label: 'MiB' },
      lines: [
        line('resident', ({ rss }) => rss),
        line('heap', ({ heapUsed }) => heapUsed),
        line('outside of the heap', ({ external }) => external),
      ],
    },
  }
}
