/** Both stories, as `npx pnpm start` tells them, and one of them over NATS. They wait for each other's processes, and for nothing else: so they are told at the same time. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { compile, ended, pathOf } from './program.ts'

const dist = pathOf('../dist')
const story = join(dist, 'story.js')
const timeout = 170_000
/** Where changes are judged, it has to be there. */
const withoutServer =
  spawnSync('nats-server', ['--version']).error !== undefined && process.env.CI === undefined

beforeAll(compile, 120_000)

/** What was told, without when. */
const told = (output: string): string => output.replaceAll(/^ *[\d.]+ s {2}/gm, '')

test.concurrent(
  'three zones: a host comes, a zone is lost and comes back, a host dies, another one goes; nothing acknowledged is lost',
  async () => {
    const { code, output } = await ended([story])
    const text = told(output)
    expect(text).toContain('\n5 groups of three members; each has one in every zone\n')
    expect(text).toMatch(/\nc1 is asked: turin has received \d+ pears\n/)
    expect(text).toContain('\nc3 has 3 members now, each in the place of one in its zone\n')
    expect(text).toMatch(/zone b is lost: .*\nall groups have acknowledged commands since\n/)
    expect(text).toMatch(/a1 +a2 +\(b1\) +\(b2\) +c1 +c2 +c3\n/)
    expect(text).toContain('\nnothing has moved: a zone that is lost may come back\n')
    expect(text).toContain('\nzone b is back\n')
    expect(text).toContain('\nb1 is given up, and its members are on b2\n')
    expect(text).toContain('\na2 has handed over everything, and is stopped\nwhat it had is on a1\n')
    expect(text).toMatch(/\nacknowledged \d{3,}, lost 0, twice 0\n$/)
    expect(code, output).toBe(0)
  },
  timeout,
)

test.concurrent(
  'two zones: when one is lost, groups that had most members there stop, and go on once a person has run what the fleet says',
  async () => {
    const { code, output } = await ended([story, '--two-zones'])
    const text = told(output)
    expect(text).toContain('\nif a is lost, bergen, osaka, turin stop, and lyon, quito go on\n')
    expect(text).toContain('\nlyon, quito have acknowledged commands since\n')
    expect(text).toContain('\ngroups without a leader: bergen, osaka, turin\n')
    expect(text).toMatch(
      /removeDeadHost\('a1'\) is refused:\nHost "a1" can't be given up: nobody leads 3 of its groups/,
    )
    const typed = [
      ...text.matchAll(/^\$ rafted recover 'stock\/(\w+)@[0-9a-f]{12}' data\/b1 data\/b2\n(.*)$/gm),
    ]
    expect(typed.map(([, shop]) => shop).sort()).toEqual(['bergen', 'osaka', 'turin'])
    for (const [, shop, answer] of typed)
      expect(answer).toMatch(new RegExp(`^group stock/${shop}@.* goes on from host b`))
    expect(text).toContain('\na1 and a2 are given up, and each group is on both hosts that are left\n')
    expect(text).toMatch(/\nacknowledged \d{2,}, lost 0, twice 0\n$/)
    expect(code, output).toBe(0)
  },
  timeout,
)

/** @returns where a server of its own listens, once it does. */
async function natsServer(onEnd: (end: () => void) => void): Promise<string> {
  const server: ChildProcess = spawn('nats-server', ['-a', '127.0.0.1', '-p', '-1'])
  onEnd(() => void server.kill('SIGKILL'))
  let said = ''
  for await (const text of server.stderr!) {
    said += text
    const [, address] = /Listening for client connections on (\S+:\d+)[\s\S]*Server is ready/.exec(said) ?? []
    if (address !== undefined) return address
  }
  throw new Error(`nats-server has ended: ${said}`)
}

/** What is compiled, with the line changed. */
function changed(onEnd: (end: () => void) => void): string {
  const copy = mkdtempSync(join(dist, '../node_modules/.over-nats-'))
  onEnd(() => rmSync(copy, { recursive: true }))
  cpSync(dist, copy, { recursive: true })
  const line = readFileSync(join(copy, 'transport.js'), 'utf8')
  expect(line.match(/\.\/over-tcp/g)).toHaveLength(1)
  writeFileSync(join(copy, 'transport.js'), line.replace('./over-tcp', './over-nats'))
  return copy
}

test.skipIf(withoutServer)(
  'with the one line of src/transport.ts changed, over a NATS server; the zone that is lost takes the registry with it',
  { concurrent: true, timeout },
  async ({ onTestFinished: onEnd }) => {
    const env = { NATS_URL: await natsServer(onEnd) }
    const program = join(changed(onEnd), 'story.js')
    const { code, output } = await ended([program, '--two-zones', '--with-registry'], env)
    const text = told(output)
    expect(text).toContain('\nif b is lost, lyon, quito stop, and bergen, osaka, turin go on\n')
    expect(text).toContain('\nbergen, osaka, turin have acknowledged commands since\n')
    expect(text).toContain('\ngroups without a leader: lyon, quito, the registry\n')
    const [, recovered] = text.split('\n$ rafted recover --all data/a1 data/a2\n')
    expect(recovered).toMatch(/^group fleet goes on from host a/m)
    expect(recovered!.match(/^group stock\/(lyon|quito)@.* goes on from host a/gm)).toHaveLength(2)
    expect(recovered!.match(/^group stock\/\w+@.* is left as it is/gm)).toHaveLength(3)
    expect(text).toContain('\nb1 and b2 are given up, and each group is on both hosts that are left\n')
    expect(text).toMatch(/\nacknowledged \d{2,}, lost 0, twice 0\n$/)
    expect(code, output).toBe(0)
  },
)
