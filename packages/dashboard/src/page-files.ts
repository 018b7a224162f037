/** The files of the page, read once and kept in memory. */
import { fileURLToPath } from 'node:url'
import { nodeFileSystem } from '@rafted/storage'

export interface PageFile {
  readonly type: string
  readonly content: Uint8Array
}

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
}

/** Beside `src` and `dist` alike. */
const directory = fileURLToPath(new URL('../page/', import.meta.url))

/** By their paths: `/` is the page itself. Nothing else is ever served from the disk. */
export async function readPageFiles(): Promise<ReadonlyMap<string, PageFile>> {
  const files = nodeFileSystem()
  const found = new Map<string, PageFile>()
  for (const name of await files.list(directory)) {
    const type = TYPES[name.split('.').at(-1)!]
    if (type === undefined) continue
    const file = await files.open(directory + name, 'read')
    try {
      const content = await file.read(0, await file.size())
      found.set(name === 'index.html' ? '/' : `/${name}`, { type, content })
    } finally {
      await file.close()
    }
  }
  return found
}
