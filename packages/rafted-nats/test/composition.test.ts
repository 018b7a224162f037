/** The entry package puts parts together and does nothing itself. */
import { readdirSync, readFileSync } from 'node:fs'
import * as contracts from '@rafted/contracts'
import * as rafted from 'rafted-nats'
import { expect, test } from 'vitest'

const directory = new URL('../src/', import.meta.url)
const sources = readdirSync(directory).map((name) => readFileSync(new URL(name, directory), 'utf8'))

test('it gives `openHost`, `openFleet`, `createClient`, the rights they need, and what a machine is written with', () => {
  const own = [
    'clientPermissions',
    'createClient',
    'hostPermissions',
    'isPersistedGroup',
    'natsHosts',
    'openFleet',
    'openHost',
    'probe',
    'probes',
  ]
  expect(Object.keys(rafted).sort()).toEqual([...Object.keys(contracts), ...own].sort())
})

test('its files are short, without logic of their own', () => {
  const functions: (string | undefined)[] = []
  for (const source of sources) {
    expect(source.split('\n').length).toBeLessThan(100)
    expect(source).not.toMatch(/\b(class|while|switch|try|catch)\b|=>\s*\{|new Promise/)
    for (const match of source.matchAll(/^(?:export )?(?:async )?function (\w+)/gm)) functions.push(match[1])
  }
  expect(functions.sort()).toEqual(['createClient', 'openBareHost', 'openFleet', 'openHost'])
})
