/** The entry package puts parts together and does nothing itself. */
import { readFileSync } from 'node:fs'
import * as contracts from '@rafted/contracts'
import * as rafted from 'rafted-nats'
import { expect, test } from 'vitest'

const source = readFileSync(new URL('../src/index.ts', import.meta.url), 'utf8')

test('it gives `openHost`, `createClient`, the rights they need, and what a machine is written with', () => {
  expect(Object.keys(rafted).sort()).toEqual(
    [...Object.keys(contracts), 'clientPermissions', 'createClient', 'hostPermissions', 'openHost'].sort(),
  )
})

test('it is one short file without logic of its own', () => {
  expect(source.split('\n').length).toBeLessThan(100)
  expect(source).not.toMatch(/\b(class|while|switch|try|catch)\b|=>\s*\{|new Promise/)
  expect([...source.matchAll(/^(?:export )?(?:async )?function (\w+)/gm)].map((match) => match[1])).toEqual([
    'openHost',
    'createClient',
  ])
})
