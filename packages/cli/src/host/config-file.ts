/** The file that says what a host is. */
import { dirname, resolve } from 'node:path'
import { RaftedError } from '@rafted/contracts'
import * as v from 'valibot'
import { type Place, readText } from '../files.ts'
import { LOG_LEVELS } from './log-levels.ts'
import { RECIPES } from './recipes.ts'

const text = v.pipe(v.string(), v.nonEmpty('is not the empty text'))

const schema = v.strictObject({
  id: v.optional(text),
  cluster: v.optional(text),
  dir: v.optional(text),
  listen: v.optional(text),
  advertise: v.optional(text),
  join: v.optional(v.array(text)),
  groups: v.optional(v.record(text, v.picklist(RECIPES))),
  secretFile: v.optional(text),
  tls: v.optional(v.strictObject({ key: text, cert: text, ca: text })),
  learner: v.optional(v.boolean()),
  probes: v.optional(v.union([text, v.number()])),
  metrics: v.optional(v.union([text, v.number()])),
  dashboard: v.optional(
    v.union([
      text,
      v.number(),
      v.strictObject({
        address: v.union([text, v.number()]),
        names: v.optional(v.array(text)),
        actions: v.optional(v.boolean()),
      }),
    ]),
  ),
  log: v.optional(v.picklist(LOG_LEVELS)),
  settings: v.optional(v.record(text, v.number())),
})

/** What a file says; paths in it are absolute. */
export type ConfigFile = v.InferOutput<typeof schema>

/** Paths in the file are relative to it. @throws {RaftedError} `invalid-argument`, with the place in the file. */
export async function readConfigFile(place: Place, path: string): Promise<ConfigFile> {
  const content = await readText(place, path, 'The configuration')
  let data: unknown
  try {
    data = JSON.parse(content)
  } catch (error) {
    throw wrong(path, `it is no JSON: ${(error as Error).message}`)
  }
  const result = v.safeParse(schema, data)
  if (!result.success) throw wrong(path, result.issues.map(problemOf).join('; '))
  const { dir, secretFile, tls, ...rest } = result.output
  const base = dirname(resolve(place.directory, path))
  return {
    ...rest,
    ...(dir === undefined ? {} : { dir: resolve(base, dir) }),
    ...(secretFile === undefined ? {} : { secretFile: resolve(base, secretFile) }),
    ...(tls === undefined
      ? {}
      : { tls: { key: resolve(base, tls.key), cert: resolve(base, tls.cert), ca: resolve(base, tls.ca) } }),
  }
}

function problemOf(issue: v.InferIssue<typeof schema>): string {
  const at = v.getDotPath(issue)
  if (issue.type === 'strict_object' && issue.expected === 'never') return `there is no "${at}"`
  return `${at === null ? 'it' : `"${at}"`}: ${issue.message}`
}

function wrong(path: string, problem: string): RaftedError {
  return new RaftedError('invalid-argument', `The configuration ${path} can't be used: ${problem}.`, {
    outcome: 'not-applied',
  })
}
