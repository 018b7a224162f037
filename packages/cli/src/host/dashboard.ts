/** Shows a host on a page. */
import type { Call } from '../command.ts'
import { jsonLine } from '../json.ts'
import type { OpenedHost } from './opened.ts'
import type { HostPlan } from './plan.ts'

/** Prints where it is, with its token, which is printed here and logged nowhere. @returns how it is closed. @throws {RaftedError} `address-in-use`, `invalid-argument`. */
export async function openPlannedDashboard(
  { terminal, json }: Call,
  { dashboard: plan }: HostPlan,
  { host }: OpenedHost,
): Promise<() => Promise<void>> {
  if (plan === null) return async () => {}
  const { openDashboard } = await import('@rafted/dashboard')
  const dashboard = await openDashboard(host, plan)
  const { url } = dashboard
  await terminal.print(json ? jsonLine({ dashboard: url }) : `dashboard at ${url}\n`)
  return () => dashboard.close()
}
