/** Users' own modules, imported in the worker: machines and hooks are functions, which no thread can send to another. */
import { RaftedError } from '@rafted/contracts'

/** What a module of the user exports: a machine, hooks, or whatever else can only be made in the worker. */
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

function isExport(given: unknown): boolean {
  return typeof given === 'object' && given !== null && 'module' in given
}

/**
 * Options of which some may be exports of modules, as plain data.
 * @throws {RaftedError} `invalid-argument` for a function, which has to be named, and for what names no export.
 */
export function plainExports<Options extends object>(
  options: Options,
  names: readonly (keyof Options & string)[],
): Options {
  const plain = { ...options } as Record<string, unknown>
  for (const name of names)
    if (typeof plain[name] === 'function' || isExport(plain[name]))
      plain[name] = plainModuleExport(name, plain[name])
  return plain as Options
}

/** In the worker: what `plainExports` made, with the exports themselves. @throws {RaftedError} `invalid-argument` as `importExport`. */
export async function withExports<Options extends object>(
  plain: object,
  names: readonly (keyof Options & string)[],
): Promise<Options> {
  const options = { ...plain } as Record<string, unknown>
  for (const name of names)
    if (isExport(options[name])) options[name] = await importExport(name, options[name] as PlainModuleExport)
  return options as Options
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
