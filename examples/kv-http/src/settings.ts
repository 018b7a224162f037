/** What a process is told by its environment. */

export interface Settings {
  readonly id: string
  /** Where the other hosts dial this one. */
  readonly listen: string
  readonly dir: string
  /** Of all hosts. */
  readonly hosts: readonly string[]
  /** Where it answers over HTTP. */
  readonly http: string
  /** What only these hosts know. Without one, anybody who can dial them may join. */
  readonly secret: string | undefined
}

export function settingsOf(env: Readonly<Record<string, string | undefined>> = process.env): Settings {
  const of = (name: string): string => {
    const value = env[name]
    if (value === undefined) throw new Error(`Set ${name}.`)
    return value
  }
  return {
    id: of('ID'),
    listen: of('LISTEN'),
    dir: of('DIR'),
    hosts: of('HOSTS').split(','),
    http: of('HTTP'),
    secret: env.SECRET,
  }
}

export function addressOf(http: string): { hostname: string; port: number } {
  const { hostname, port } = new URL(`http://${http}`)
  return { hostname, port: Number(port || 80) }
}
