/** docs/security.md, typed word by word: the certificates that come of it let host and client in (F94f), and rights are what it says (F93g). */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Authorise, Right } from 'rafted'
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

test('rights: the function of the page grants what it seems to, and the table names all there are', () => {
  const section = /^## Rights$(.*?)^## /ms.exec(page)![1]!
  const [, program] = /^```js\n(.*?)^```$/ms.exec(section)!
  const start = program!.indexOf('const rights')
  const body = program!.slice(start, program!.indexOf('const host'))
  const authorise = new Function(`${body}\nreturn authorise`)() as Authorise
  const granted = (name: string, group: string): string[] =>
    named.filter((right) => authorise({ name }, group, right as Right))
  const named = [...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, right]) => right!)
  expect(granted('web', 'queue')).toEqual(['locate', 'query', 'command'])
  expect(granted('billing', 'queue')).toEqual(['locate', 'query'])
  for (const [name, group] of [
    ['web', 'invoices'],
    ['eve', 'queue'],
    ['constructor', 'name'],
    ['__proto__', 'toString'],
  ] as const)
    expect(granted(name, group)).toEqual([])
  const source = readFileSync(
    fileURLToPath(new URL('../../../packages/host/src/rights.ts', import.meta.url)),
    'utf8',
  )
  const all = /const RIGHTS.*?^\}/ms.exec(source)![0].matchAll(/: '(\w+)',$/gm)
  expect(new Set(named)).toEqual(new Set([...all].map(([, right]) => right)))
})
