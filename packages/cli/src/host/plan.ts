/** What a host is to be: by options, variables of the environment, a file of configuration, and else by default, in this order. */
import { type Call, WrongUse } from '../command.ts'
import { type CredentialFiles, tlsFilesOf } from '../connection/credentials.ts'
import { DEFAULT_ADDRESS, DEFAULT_CLUSTER, DEFAULT_GROUP } from '../connection/options.ts'
import { type ConfigFile, readConfigFile } from './config-file.ts'
import type { LogLevel } from './log-levels.ts'
import { RECIPES, type Recipe } from './recipes.ts'

/** Where something is answered over HTTP. */
export interface HttpPlace {
  readonly address: string
  readonly port: number
}

/** What is shown of the host, and to whom. */
export interface DashboardPlan extends HttpPlace {
  /** By which browsers may call it besides. */
  readonly names: readonly string[]
  readonly actions: boolean
}

export interface HostPlan {
  readonly id: string
  readonly cluster: string
  readonly dir: string
  readonly listen: string
  readonly advertise: string | undefined
  readonly join: readonly string[]
  readonly groups: ReadonlyMap<string, Recipe>
  readonly credentials: CredentialFiles
  readonly learner: boolean
  readonly formerDataLost: boolean
  readonly probes: HttpPlace | null
  readonly metrics: HttpPlace | null
  readonly dashboard: DashboardPlan | null
  readonly log: LogLevel
  /** Of groups that are created here. */
  readonly settings: Readonly<Record<string, number>>
}

/** @throws {WrongUse}; {RaftedError} `invalid-argument` for the file. */
export async function planOf(call: Call): Promise<HostPlan> {
  const { terminal } = call
  const path = call.option('config')
  const file: ConfigFile = path === null ? {} : await readConfigFile(terminal, path)
  const probes = call.option('probes') ?? file.probes ?? null
  const metrics = call.option('metrics') ?? file.metrics ?? null
  return {
    id: needed('id', call.option('id') ?? file.id),
    dir: needed('dir', call.option('dir') ?? file.dir),
    cluster: call.option('cluster') ?? file.cluster ?? DEFAULT_CLUSTER,
    listen: call.option('listen') ?? file.listen ?? DEFAULT_ADDRESS,
    advertise: call.option('advertise') ?? file.advertise,
    join: joinOf(call) ?? file.join ?? [],
    groups: groupsOf(call.options('group')) ?? groupsOfFile(file),
    credentials: credentialsOf(call, file),
    learner: call.flag('learner') || file.learner === true,
    formerDataLost: call.flag('former-data-lost'),
    probes: probes === null ? null : httpPlace('probes', String(probes)),
    metrics: metrics === null ? null : httpPlace('metrics', String(metrics)),
    dashboard: dashboardOf(call, file),
    log: (call.option('log') as LogLevel | null) ?? file.log ?? 'info',
    settings: file.settings ?? {},
  }
}

function dashboardOf(call: Call, { dashboard: said }: ConfigFile): DashboardPlan | null {
  const { address, names = [], actions = false } = typeof said === 'object' ? said : { address: said }
  const place = call.option('dashboard') ?? address ?? null
  if (place === null) return null
  const given = listOf(call, 'dashboard-name')
  return {
    ...httpPlace('dashboard', String(place)),
    names: given.length > 0 ? given : names,
    actions: call.flag('dashboard-actions') || actions,
  }
}

function needed(name: string, value: string | undefined): string {
  if (value !== undefined) return value
  throw new WrongUse(`It needs --${name}, RAFTED_${name.toUpperCase()} or "${name}" in the configuration.`)
}

function joinOf(call: Call): readonly string[] | undefined {
  const given = listOf(call, 'join')
  return given.length === 0 ? undefined : given
}

function listOf(call: Call, option: string): string[] {
  return call
    .options(option)
    .flatMap((text) => text.split(','))
    .map((text) => text.trim())
    .filter(Boolean)
}

/** `NAME` or `NAME=RECIPE`. @throws {WrongUse} */
function groupsOf(given: readonly string[]): ReadonlyMap<string, Recipe> | undefined {
  if (given.length === 0) return undefined
  const groups = new Map<string, Recipe>()
  for (const text of given) {
    const at = text.lastIndexOf('=')
    const [name, recipe] = at < 0 ? [text, 'kv'] : [text.slice(0, at), text.slice(at + 1)]
    if (!isRecipe(recipe))
      throw new WrongUse(
        `A group is NAME or NAME=RECIPE, with a recipe of ${RECIPES.join(', ')}, and not "${text}".`,
      )
    groups.set(name, recipe)
  }
  return groups
}

function groupsOfFile({ groups = { [DEFAULT_GROUP]: 'kv' } }: ConfigFile): ReadonlyMap<string, Recipe> {
  return new Map(Object.entries(groups))
}

function isRecipe(text: string): text is Recipe {
  return (RECIPES as readonly string[]).includes(text)
}

/** Files that are named by options take the place of those of the file of configuration, all three of TLS together. */
function credentialsOf(call: Call, { secretFile, tls }: ConfigFile): CredentialFiles {
  const [key, cert, ca] = [call.option('tls-key'), call.option('tls-cert'), call.option('tls-ca')]
  return {
    secretFile: call.option('secret-file') ?? secretFile ?? null,
    tls: tlsFilesOf({ key, cert, ca }) ?? tls ?? null,
  }
}

/** @param text `PORT`, on this machine alone, or `HOST:PORT`. @throws {WrongUse} */
function httpPlace(name: string, text: string): HttpPlace {
  const [, bracketed, plain, digits] = /^(?:(?:\[([^\]]+)\]|([^:[\]]+)):)?(\d{1,5})$/.exec(text) ?? []
  const port = Number(digits)
  if (digits === undefined || port > 65_535)
    throw new WrongUse(`--${name} is a port, or an address like 0.0.0.0:8080, and not "${text}".`)
  return { address: bracketed ?? plain ?? '127.0.0.1', port }
}
