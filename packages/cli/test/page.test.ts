/** docs/cli.md: what it types prints what it says, and it tells of every command, option of the environment and key of the file. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { realClock } from '@rafted/contracts/node'
import { expect, test } from 'vitest'
import { commands } from '../src/commands.ts'
import { freePorts } from './free-ports.ts'
import { emptyDirectory } from './on-files.ts'
import { type Going, going } from './started.ts'
import { typed } from './typed.ts'

const page = readFileSync(fileURLToPath(new URL('../../../docs/cli.md', import.meta.url)), 'utf8')

/** What differs from one time to the next: ids, numbers, how wide columns are for them, and, where nobody says who, which host leads. */
function alike(text: string): string {
  return text
    .replaceAll(/^ {3}[abc] .*$/gm, 'a host of the demonstration')
    .replaceAll(/[Hh]ost [abc](?= leads\.|, which led| was elected)/g, 'a host')
    .replaceAll(/\b[0-9a-f]{32}\b|\b(?=[0-9a-f]*\d)[0-9a-f]{8}\b/g, 'ID')
    .replaceAll(/\d+(\.\d+)?( (bytes|KiB))?/g, '0')
    .replaceAll(/ +/g, ' ')
}

/** Who types what the page says: in one directory, with other terminals for what goes on. */
class Reader {
  readonly #directory = emptyDirectory()
  readonly #environment: Record<string, string> = { PATH: process.env.PATH! }
  readonly #terminals = new Map<string, Going>()

  write(name: string, content: string): void {
    writeFileSync(join(this.#directory, name), content)
  }

  /** @returns what it prints, in both ways, and says beside that. */
  async type(line: string): Promise<string> {
    const [, variable, value] = /^export (\w+)=(.*)$/.exec(line) ?? []
    const [, ended] = /^# Ctrl-C in the terminal of (\w)$/.exec(line) ?? []
    if (variable !== undefined) this.#environment[variable] = value!
    else if (ended !== undefined) await this.#terminals.get(ended)!.end()
    else if (line.endsWith(' &')) return await this.#start(line)
    else return await this.#run(line)
    return ''
  }

  async #start(line: string): Promise<string> {
    const words = line.split(' ').slice(1, -1)
    const host = going(this.#directory, words, { environment: this.#environment })
    const out = await host.printed((text) => text.includes('\n'))
    this.#terminals.set(/^host (\w) /.exec(out)![1]!, host)
    return out
  }

  async #run(line: string): Promise<string> {
    const terminal = { clock: realClock, environment: { RAFTED_TIMEOUT: '30s', ...this.#environment } }
    const { out, said } = await typed(this.#directory, line.split(' ').slice(1), terminal)
    return said + out
  }
}

test('what the page types prints what the page says', async () => {
  const ports = await freePorts(7)
  // All at once: the number of one may be a part of another.
  const text = page.replaceAll(/\b(?:700([0-5])|8080)\b/g, (_, which?: string) =>
    String(ports[Number(which ?? 6)]),
  )
  const reader = new Reader()
  let lines = 0
  for (const [, name, language, content] of text.matchAll(/(?:^`([\w.]+)`:\n\n)?^```(\w+)\n(.*?)^```$/gms)) {
    if (name !== undefined) reader.write(name, content!)
    if (language !== 'console') continue
    for (const block of content!.split(/^\$ /m).slice(1)) {
      const [line, ...printed] = block.split('\n')
      lines++
      expect({ line, printed: alike(await reader.type(line!)) }).toEqual({
        line,
        printed: alike(printed.join('\n')),
      })
    }
  }
  expect(lines).toBeGreaterThan(35)
}, 120_000)

test('it has every command, every variable, and every key of the file of a host', () => {
  const heads = [...page.matchAll(/^### (.*)$/gm)].map(([, head]) => head!)
  for (const { name } of commands) if (name !== 'demo') expect(heads).toContain(name)
  const options = commands.flatMap(({ options }) => options)
  for (const { variable } of options) if (variable !== undefined) expect(page).toContain(`\`${variable}\``)
  const start = page.slice(page.indexOf('### start'), page.indexOf('### init'))
  for (const { name } of commands.find((command) => command.name === 'start')!.options)
    if (!name.startsWith('tls-')) expect(start, name).toMatch(new RegExp(`\`--${name}[ \`]`))
  for (const key of FILE_KEYS) expect(start, key).toContain(`\`${key}\``)
  // Each line of the table of `--json` is of commands that there are.
  for (const [, names] of page.matchAll(/^\| (`[^|]+`) \| `\{|^\| (`[^|]+`) \| an? /gm))
    for (const [, name] of (names ?? '').matchAll(/`([^`]+)`/g))
      if (!name!.startsWith('RAFTED') && !name!.startsWith('--'))
        expect(
          commands.some((command) => command.name.split(' ').includes(name!.split(' ').at(-1)!)),
          name,
        ).toBe(true)
})

const FILE_KEYS = [
  'id',
  'dir',
  'listen',
  'advertise',
  'join',
  'groups',
  'cluster',
  'secretFile',
  'tls',
  'learner',
  'probes',
  'metrics',
  'dashboard',
  'log',
  'settings',
]
