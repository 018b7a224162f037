/** What `npm run release` may be asked to do. */
export type Act = 'publish' | 'rehearse' | 'version'

export const usage = `usage: npm run release -- [--dry-run | --version]
  --dry-run   does all of it but publish, in a copy and without a registry
  --version   turns changesets into versions and change logs, to be committed
`

/** What these arguments ask for, or null where they make no sense. */
export function actIn(args: readonly string[], env: NodeJS.ProcessEnv): Act | null {
  // Without the dashes in between, npm takes `--dry-run` for itself and says so only here.
  const kept = env.npm_config_dry_run === 'true' ? [...args, '--dry-run'] : args
  const asked = new Set(kept)
  if (asked.size === 0) return 'publish'
  if (asked.size > 1) return null
  if (asked.has('--dry-run')) return 'rehearse'
  return asked.has('--version') ? 'version' : null
}
