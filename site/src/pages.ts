import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isShown } from './routes.ts'

export const root: string = fileURLToPath(new URL('../..', import.meta.url)).replace(/[/\\]$/, '')

/** Where pages are looked for: the root itself, and what is below these. */
const places = ['docs', 'packages', 'examples', 'bench', 'compat', 'site/reference']

/** The files of all pages, by their names. */
export function pageFiles(): string[] {
  const below = (directory: string): string[] =>
    readdirSync(join(root, directory), { withFileTypes: true }).flatMap((entry) => {
      const path = `${directory}/${entry.name}`
      if (entry.isDirectory()) return /^(node_modules|dist|src|test)$/.test(entry.name) ? [] : below(path)
      return [path]
    })
  const files = [
    ...readdirSync(root),
    ...places.filter((place) => existsSync(join(root, place))).flatMap(below),
  ]
  return files.filter((file) => file.endsWith('.md') && isShown(file)).sort()
}

/** The title that a page begins with. */
export function titleOf(file: string): string {
  const [title] = readFileSync(join(root, file), 'utf8').split('\n', 1)
  return title!.replace(/^# /, '').replaceAll('`', '')
}
