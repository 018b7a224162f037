/** Each process is ended and started again under load: nothing acknowledged is lost, and answers go on. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'

const here = fileURLToPath(new URL('..', import.meta.url))

beforeAll(() => {
  const tsc = fileURLToPath(new URL('../../../node_modules/typescript/bin/tsc', import.meta.url))
  execFileSync(process.execPath, [tsc, '-b', '.'], { cwd: here })
}, 300_000)

test('a rolling restart', { timeout: 180_000 }, async () => {
  const child = spawn(process.execPath, ['dist/rolling.js'], { cwd: here })
  let printed = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text
    })
  const [code] = await once(child, 'close')
  expect(code, printed).toBe(0)
  expect(printed.match(/^[abc] has ended$/gm), printed).toHaveLength(3)
  const [, acknowledged] = /^acknowledged (\d+), lost 0, duplicated 0, untold 0$/m.exec(printed)!
  expect(Number(acknowledged)).toBeGreaterThanOrEqual(7 * 50)
})
