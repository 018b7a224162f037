/** `npm start -- FILE`: the story of a replicated queue, then every line of a file through it. See README.md. */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { count, fileThroughQueue } from './file-through-queue.ts'
import { firstSteps } from './first-steps.ts'

const say = (line: string): void => console.log(line)
const file = process.argv[2] ?? fileURLToPath(new URL('../../../pnpm-lock.yaml', import.meta.url))

try {
  process.exitCode = await tell()
} catch (error) {
  console.error(error instanceof Error ? error.stack : error)
  process.exitCode = 1
}

async function tell(): Promise<0 | 1> {
  let bytes: Buffer
  try {
    bytes = await readFile(file)
  } catch (error) {
    console.error(`${file} can't be read: ${error instanceof Error ? error.message : error}`)
    return 1
  }
  const begun = performance.now()
  await firstSteps(say)
  say(`Every line of ${file}, ${count(bytes.length)} bytes: 64 commands under way, the leader killed twice`)
  const { acknowledged, lost, duplicated, difference } = await fileThroughQueue(bytes, say)
  if (difference === null) say('  byte for byte the file')
  else say(`  not the file: ${difference}`)
  say(`Told in ${((performance.now() - begun) / 1000).toFixed(1)} s`)
  say(`acknowledged ${acknowledged}, lost ${lost}, duplicated ${duplicated}`)
  return difference === null ? 0 : 1
}
