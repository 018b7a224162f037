/**
 * Every script in `scripts/`, over real cores. Its claims must hold, and what it prints must be what stands in it:
 * `UPDATE_SCENARIOS=1 npx vitest run scenarios` writes it anew, to be reviewed as a diff.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import * as core from '../../src/index.ts'
import { runScript } from './runner/run.ts'
import { parseScript, withOutputs } from './runner/script.ts'
import { scriptNames, scriptPath } from './scripts.ts'

const update = process.env.UPDATE_SCENARIOS === '1'

test.each(scriptNames())('%s', (name) => {
  const text = readFileSync(scriptPath(name), 'utf8')
  const written = withOutputs(text, runScript(parseScript(name, text), core))
  if (update) writeFileSync(scriptPath(name), written)
  else expect(written).toBe(text)
})

test('README.md names scripts that exist', () => {
  const text = readFileSync(new URL('./README.md', import.meta.url), 'utf8')
  const shown = text.slice(text.indexOf('## What etcd'), text.indexOf('These show nothing'))
  const named = [...shown.matchAll(/^\|.*\| ([^|]+) \|$/gm)].flatMap(([, ours]) =>
    [...ours!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!),
  )
  expect(named.length).toBeGreaterThan(40)
  expect(named.filter((name) => !scriptNames().includes(name))).toEqual([])
})
