/** Completion, as shells carry it out. */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { optionsOf } from '../src/arguments.ts'
import { commands } from '../src/commands.ts'
import { emptyDirectory } from './on-files.ts'
import { typed } from './typed.ts'

const script = async (shell: string): Promise<string> => (await typed('/', `completion ${shell}`)).out
const isThere = (shell: string): boolean => spawnSync(shell, ['-c', 'exit 0']).status === 0

describe.each(['bash', 'zsh', 'fish'])('%s', (shell) => {
  test('every command and every option is in it', async () => {
    const text = await script(shell)
    for (const command of commands) {
      for (const word of command.name.split(' ')) expect(text).toContain(word)
      for (const { name } of optionsOf(command))
        expect(text).toContain(shell === 'fish' ? `-l ${name}` : `--${name}`)
    }
  })

  test.skipIf(!isThere(shell))('the shell can read it', async () => {
    const path = join(emptyDirectory(), 'completion')
    writeFileSync(path, await script(shell))
    const { status, stderr } = spawnSync(shell, ['-n', path], { encoding: 'utf8' })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  })
})

test.skipIf(!isThere('bash'))('bash offers what fits', async () => {
  const directory = emptyDirectory()
  for (const name of ['kv.backup', 'kv config.json']) writeFileSync(join(directory, name), '')
  writeFileSync(join(directory, 'completion'), await script('bash'))
  /** What is offered for the last of the words. */
  const offered = (...words: string[]): string[] => {
    const program = `source ./completion; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _rafted; printf '%s\\n' "\${COMPREPLY[@]}"`
    const { stdout } = spawnSync('bash', ['-c', program, 'bash', 'rafted', ...words], {
      cwd: directory,
      encoding: 'utf8',
    })
    return stdout.split('\n').filter(Boolean)
  }
  expect(offered('ba')).toEqual(['backup'])
  expect(offered('members', 're')).toEqual(['remove', 'replace'])
  expect(offered('get', '--re')).toEqual(['--read'])
  expect(offered('get', '--read', '')).toEqual(['linearizable', 'lease', 'stale'])
  expect(offered('members', 'remove', 'kv', '--even')).toEqual(['--even-if-quorum-at-risk'])
  expect(offered('backup', 'kv', '--out', 'kv').sort()).toEqual(['kv config.json', 'kv.backup'])
  expect(offered('completion', '')).toEqual(['bash', 'zsh', 'fish'])
  expect(offered('help', 'dem')).toEqual(['demo'])
  expect(offered('help', 'members', 're')).toEqual(['remove', 'replace'])
  expect(offered('help', 'dump', '')).toEqual([])
  expect(offered('put', 'k', '--at', '')).toEqual([])
  // So bash cuts what has a "=" in it.
  expect(offered('get', '--read', '=')).toEqual(['linearizable', 'lease', 'stale'])
  expect(offered('get', '--read', '=', 'le')).toEqual(['lease'])
  expect(offered('backup', 'kv', '--out', '=', 'kv.')).toEqual(['kv.backup'])
  expect(offered('lock', 'nightly', '--', 'bas')).toContain('bash')
  expect(offered('lock', 'nightly', '--', 'bash', 'kv.')).toEqual(['kv.backup'])
})

test.skipIf(!isThere('zsh'))('zsh offers what fits', async () => {
  const directory = emptyDirectory()
  mkdirSync(join(directory, 'data'))
  for (const name of ['kv.backup', 'only-once']) writeFileSync(join(directory, name), '')
  chmodSync(join(directory, 'only-once'), 0o755)
  writeFileSync(join(directory, 'completion'), await script('zsh'))
  const rc = `autoload -Uz compinit; compinit -D -u; source ./completion; setopt no_beep; KEYTIMEOUT=1; path=($PWD $path)
report() { print -r -- "$BUFFER" >>told; BUFFER=; }; zle -N report; bindkey '^X' report; : >told`
  writeFileSync(join(directory, '.zshrc'), rc)
  // A terminal of its own: only there zsh completes. What it shows is read, so that it never waits for that.
  const program = `zmodload zsh/zpty; zpty -b z 'ZDOTDIR=$PWD TERM=vt100 zsh -i'
until [[ -e told ]]; do zpty -rt z >/dev/null; sleep 0.01; done
for line in "$@"; do zpty -w -n z "$line"$'\\t\\x18'; (( lines++ ))
until (( $(wc -l <told) == lines )); do zpty -rt z >/dev/null; sleep 0.01; done; done; zpty -d z`
  const completedTo = (...lines: string[]): string[] => {
    const typed = lines.map((line) => `rafted ${line}`)
    spawnSync('zsh', ['-f', '-c', program, 'zsh', ...typed], { cwd: directory, timeout: 20_000 })
    const told = readFileSync(join(directory, 'told'), 'utf8')
    return told.split('\n').flatMap((line) => line.trim().replace(/^rafted /, '') || [])
  }
  const expected = {
    backu: 'backup',
    hel: 'help',
    '--ver': '--version',
    'help mem': 'help members',
    'help members tr': 'help members transfer',
    'members list kv --tim': 'members list kv --timeout=',
    'get --read=li': 'get --read=linearizable',
    'backup kv --out kv': 'backup kv --out kv.backup',
    'recover orders da': 'recover orders data/',
    'recover --all da': 'recover --all data/',
    'lock nightly --tr': 'lock nightly --try',
    'lock nightly -- only-o': 'lock nightly -- only-once',
    'lock nightly -- only-once kv': 'lock nightly -- only-once kv.backup',
  }
  expect(completedTo(...Object.keys(expected))).toEqual(Object.values(expected))
})

test.skipIf(!isThere('fish'))('fish offers what fits', async () => {
  const directory = emptyDirectory()
  writeFileSync(join(directory, 'completion'), await script('fish'))
  const offered = (line: string): string[] => {
    const { stdout } = spawnSync('fish', ['-c', `source ./completion; complete -C '${line}'`], {
      cwd: directory,
      encoding: 'utf8',
    })
    return stdout.split('\n').flatMap((text) => text.split('\t')[0] || [])
  }
  expect(offered('rafted ba')).toEqual(['backup'])
  expect(offered('rafted members re').sort()).toEqual(['remove', 'replace'])
  expect(offered('rafted get --read ').sort()).toEqual(['lease', 'linearizable', 'stale'])
  expect(offered('rafted hel')).toEqual(['help'])
  expect(offered('rafted --ver')).toEqual(['--version'])
  expect(offered('rafted help members re').sort()).toEqual(['remove', 'replace'])
  expect(offered('rafted help back')).toEqual(['backup'])
  expect(offered('rafted lock nightly -- fis')).toContain('fish')
  expect(offered('rafted lock nightly -- cat comp')).toEqual(['completion'])
})

test('a shell that it does not know is refused; with --json the script is text in an object', async () => {
  expect((await typed('/', 'completion tcsh')).said).toContain('There is nothing for "tcsh"')
  const { out } = await typed('/', 'completion bash --json')
  expect(JSON.parse(out)).toEqual({ shell: 'bash', script: await script('bash') })
})
