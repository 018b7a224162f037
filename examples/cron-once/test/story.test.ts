/** The program ends with the account, exit code 0. */
import { execFile, execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'

const pathOf = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url))

beforeAll(() => {
  execFileSync(process.execPath, [pathOf('../../../node_modules/typescript/bin/tsc'), '-b', pathOf('..')], {
    stdio: 'inherit',
  })
})

test('every second has its report, once, though the leader is killed', async () => {
  const [code, output] = await new Promise<[unknown, string]>((resolve) =>
    execFile(process.execPath, [pathOf('../dist/story.js')], (error, stdout, stderr) =>
      resolve([error?.code ?? 0, stdout + stderr]),
    ),
  )
  const lines = output.trim().split('\n')
  expect(lines.at(-1), output).toMatch(/^reports \d+, missing 0, granted twice 0$/)
  const reports = lines.filter((line) => / \d\d:\d\d:\d\d by [abc]/.test(line))
  expect(reports.length).toBeGreaterThanOrEqual(7)
  const killed = /kill ([abc]), which leads/.exec(output)![1]
  expect(reports.at(-1)).not.toContain(`by ${killed}`)
  expect(code).toBe(0)
})
