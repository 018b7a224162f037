/** `npm run fuzz` as people use it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { FuzzResult } from '../src/fuzz/fuzz.ts'
import { allKinds } from '../src/fuzz/samples.ts'
import { withoutServer } from '../src/nats-server.ts'
import { programOf, root } from './compiled.ts'

/** Only ends what hangs: the machine may have much else to do. */
export const TIMEOUT_MS = 900_000

export async function fuzzCommand(
  ...args: string[]
): Promise<{ readonly code: number | null; readonly text: string }> {
  const child = spawn(process.execPath, [...programOf('fuzz'), ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (more: string) => {
      text += more
    })
  const [code] = await once(child, 'close')
  return { code, text }
}

/** Declares a test for each transport, over which so many frames are sent. */
export function fuzzed(frames: number): void {
  const directory = mkdtempSync(join(tmpdir(), 'rafted-fuzz-'))
  afterAll(() => rmSync(directory, { recursive: true }))

  describe.each(['tcp', 'nats'] as const)('over %s', (transport) => {
    test.skipIf(transport === 'nats' && withoutServer)(
      'F94v: hostile frames crash nothing, create nothing, fill nothing up, and honest calls are answered right',
      async () => {
        const file = join(directory, `${transport}.json`)
        const args = ['--frames', `${frames}`, '--transport', transport, '--json', file]
        const { code, text } = await fuzzCommand(...args)
        console.log(text)
        expect(code, text).toBe(0)
        const result = JSON.parse(readFileSync(file, 'utf8')) as FuzzResult
        expect(result.frames).toBe(frames)
        // More than half came from somebody who is in, and a good part of it could be read.
        expect(result.batches).toBeGreaterThan(frames * 0.8)
        expect(result.readable).toBeGreaterThan(frames * 0.4)
        // All of them only in longer runs.
        expect(Object.keys(result.reached).length).toBeGreaterThan(allKinds.length * 0.8)
        expect(result.answered).toBeGreaterThan(100)
      },
      TIMEOUT_MS,
    )
  })
}
