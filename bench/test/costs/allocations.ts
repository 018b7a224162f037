/** Bytes of the engine's heap that are allocated meanwhile, also those that are collected at once: by a sample of them. */
import { Session } from 'node:inspector/promises'

/** One of so many bytes is looked at. */
const SAMPLE_BYTES = 2048

interface Place {
  readonly selfSize: number
  readonly children: readonly Place[]
}

export async function allocatedBytes(run: () => Promise<void>): Promise<number> {
  const session = new Session()
  session.connect()
  try {
    await session.post('HeapProfiler.startSampling', {
      samplingInterval: SAMPLE_BYTES,
      includeObjectsCollectedByMajorGC: true,
      includeObjectsCollectedByMinorGC: true,
    })
    await run()
    const { profile } = await session.post('HeapProfiler.stopSampling')
    return sumOf(profile.head)
  } finally {
    session.disconnect()
  }
}

function sumOf({ selfSize, children }: Place): number {
  return children.reduce((sum, child) => sum + sumOf(child), selfSize)
}
