/** The program ends with the account, exit code 0. */
import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const pathOf = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url))
/** Where changes are judged, it has to be there. */
const withoutServer =
  spawnSync('nats-server', ['--version']).error !== undefined && process.env.CI === undefined

test.skipIf(withoutServer)(
  'a thousand items come out as they went in, though the leader and the server are killed',
  async () => {
    execFileSync(process.execPath, [pathOf('../../../node_modules/typescript/bin/tsc'), '-b', pathOf('..')], {
      stdio: 'inherit',
    })
    const [code, output] = await new Promise<[unknown, string]>((resolve) =>
      execFile(process.execPath, [pathOf('../dist/story.js')], (error, stdout, stderr) =>
        resolve([error?.code ?? 0, stdout + stderr]),
      ),
    )
    expect(output.trim().split('\n').at(-1)).toBe('acknowledged 1001, lost 0, duplicated 0')
    expect(output).toMatch(/kill [abc], which leads\n {2}kill the server/)
    expect(code).toBe(0)
  },
  120_000,
)
