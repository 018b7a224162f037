/** docs/security.md, typed word by word: the certificates that come of it let host and client in (F94f). */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { afterwards, client, host } from './end.ts'

/** Without the program this is skipped, and counted as that. Where changes are judged, it has to be there. */
const isMissing =
  process.env.CI === undefined &&
  !(process.env.PATH ?? '').split(delimiter).some((directory) => existsSync(join(directory, 'openssl')))

const page = readFileSync(fileURLToPath(new URL('../../../docs/security.md', import.meta.url)), 'utf8')

test.skipIf(isMissing)('the commands of the page make certificates, and its program reads them', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'rafted-recipe-'))
  afterwards(() => rmSync(directory, { recursive: true }))
  const section = /^## Certificates$(.*?)^## /ms.exec(page)![1]!
  const blocks = [...section.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, text]) => text!)
  expect(blocks).toHaveLength(3)
  const inline = [...section.matchAll(/`(openssl [^`]*)`/g)].map(([, command]) => command!)
  expect(inline).toHaveLength(2)
  for (const command of [...blocks.flatMap((text) => text.trimEnd().split('\n')), ...inline]) {
    const { status, stderr } = spawnSync('sh', ['-c', command], { cwd: directory, encoding: 'utf8' })
    expect(status, `${command}: ${stderr}`).toBe(0)
  }

  const [, program] = /^```js\n(.*?)^```$/ms.exec(section) ?? []
  const read = program!
    .split('\n')
    .filter((line) => /^const (pem|tls|ofWeb) = /.test(line))
    .join('\n')
    .replace('/etc/rafted', directory)
  const { tls, ofWeb } = new Function('readFileSync', `${read}\nreturn { tls, ofWeb }`)(readFileSync)
  const [a, web] = [await host('a', { tls }), await client('web', { tls: ofWeb })]
  expect(await web.reach(a, 'hello')).toMatchObject({ name: 'web', role: 'client' })
  // Another authority, as in the steps of the page: several in one file.
  const bundle = (): object => ({ ...tls(), ca: Buffer.concat([ofWeb().cert, tls().ca]) })
  const b = await host('a', { tls: bundle as typeof tls })
  expect(await web.reach(b, 'hello')).toMatchObject({ name: 'web' })
})
