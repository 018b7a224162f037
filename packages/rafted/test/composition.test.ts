/** The entry package puts parts together and does nothing itself. */
import { readdirSync, readFileSync } from 'node:fs'
import * as contracts from '@rafted/contracts'
import * as rafted from 'rafted'
import { expect, test } from 'vitest'

const directory = new URL('../src/', import.meta.url)
const sources = new Map(readdirSync(directory).map((name) => [name, textOf(name)]))

function textOf(name: string): string {
  return readFileSync(new URL(name, directory), 'utf8')
}

test('it gives `openHost`, `openHostInWorker`, `openFleet`, `createClient`, and what a machine is written with', () => {
  const own = [
    'certificateName',
    'createClient',
    'dnsHosts',
    'dnsService',
    'isPersistedGroup',
    'openFleet',
    'openHost',
    'openHostInWorker',
    'probe',
    'probes',
  ]
  expect(Object.keys(rafted).sort()).toEqual([...Object.keys(contracts), ...own].sort())
})

test('its files are short, without logic of their own', () => {
  const functions: (string | undefined)[] = []
  for (const [name, source] of sources) {
    expect(source.split('\n').length, name).toBeLessThan(100)
    expect(source, name).not.toMatch(/\b(class|while|switch|try|catch)\b|=>\s*\{|new Promise/)
    for (const match of source.matchAll(/^(?:export )?(?:async )?function (\w+)/gm)) functions.push(match[1])
  }
  expect(functions.sort()).toEqual([
    'createClient',
    'openBareHost',
    'openFleet',
    'openHost',
    'openHostInWorker',
  ])
})
