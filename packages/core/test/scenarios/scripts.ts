/** Where the scripts are. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseScript, type Script } from './runner/script.ts'

export function scriptPath(name: string): string {
  return fileURLToPath(new URL(`./scripts/${name}.txt`, import.meta.url))
}

export function scriptNames(): string[] {
  const files = readdirSync(new URL('./scripts', import.meta.url))
  return files.map((file) => file.replace(/\.txt$/, '')).sort()
}

export function readScript(name: string): Script {
  return parseScript(name, readFileSync(scriptPath(name), 'utf8'))
}
