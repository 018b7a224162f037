/** Users' own modules, imported in the worker: machines and hooks are functions, which no thread can send to another. */
import { RaftedError } from '@rafted/contracts'

/** An export of a module. */
export interface ModuleExport {
  /** Absolute: `new URL('./queue.js', import.meta.url)`, or `import.meta.resolve('a-package')`. */
  readonly module: URL | string
  /** Its name there. Default `default`. */
  readonly export?: string | undefined
}

export interface PlainModuleExport {
  readonly module: string
  readonly export: string
}

/** @throws {RaftedError} `invalid-argument` for what names no export of a module. */
export function plainModuleExport(what: string, given: unknown): PlainModuleExport {
  const { module, export: name = 'default' } = (given ?? {}) as Partial<ModuleExport>
  if (!(module instanceof URL) && (typeof module !== 'string' || !URL.canParse(module)))
    throw invalid(
      `\`${what}\` can't go to another thread itself. Say where it stands: { module: new URL('./${what}.js', import.meta.url), export: '${what}' }.`,
    )
  if (typeof name !== 'string' || name === '')
    throw invalid(`The export of \`${what}\` is named by text, not ${String(name)}.`)
  return { module: String(module), export: name }
}

/** @throws {RaftedError} `invalid-argument` if there is no such module or export, with what importing threw as its cause. */
export async function importExport(
  what: string,
  { module, export: name }: PlainModuleExport,
): Promise<unknown> {
  let exports: Record<string, unknown>
  try {
    exports = (await import(module)) as Record<string, unknown>
  } catch (cause) {
    throw invalid(`The module of \`${what}\`, ${module}, can't be imported: ${String(cause)}`, cause)
  }
  if (Object.hasOwn(exports, name)) return exports[name]
  const names = Object.keys(exports).join(', ') || 'nothing'
  throw invalid(`The module of \`${what}\`, ${module}, exports no \`${name}\`. It exports ${names}.`)
}

function invalid(message: string, cause?: unknown): RaftedError {
  return new RaftedError('invalid-argument', message, { outcome: 'not-applied', cause })
}
