/** Completion, as shells carry it out. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
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
  expect(offered('put', 'k', '--at', '')).toEqual([])
  expect(offered('lock', 'nightly', '--', 'bas')).toContain('bash')
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
})

test('a shell that it does not know is refused; with --json the script is text in an object', async () => {
  expect((await typed('/', 'completion tcsh')).said).toContain('There is nothing for "tcsh"')
  const { out } = await typed('/', 'completion bash --json')
  expect(JSON.parse(out)).toEqual({ shell: 'bash', script: await script('bash') })
})
