/** A host that runs until it is told to end. */
import { createMetrics, type Metrics } from '@rafted/metrics'
import { metricsHandler, registerMetrics } from '@rafted/metrics/prometheus'
import { probes } from 'rafted'
import { type Call, Status } from '../command.ts'
import { failureReport } from '../faults.ts'
import { jsonLine } from '../json.ts'
import { shownName } from '../shown.ts'
import { openPlannedDashboard } from './dashboard.ts'
import { openEndpoints } from './endpoints.ts'
import { createLog, type Log } from './log.ts'
import { type OpenedHost, openPlanned } from './opened.ts'
import { type HostPlan, planOf } from './plan.ts'
import { machineOf } from './recipes.ts'

/** @returns the exit status. @throws {RaftedError} where it can't be opened. */
export async function serve(call: Call): Promise<number> {
  const { terminal } = call
  const plan = await planOf(call)
  // From the first moment on: it may be told to end while it reads its files.
  const interrupted = terminal.interrupted()
  const log = createLog(terminal, plan)
  const metrics = plan.metrics === null ? null : createMetrics()
  const opened = await openPlanned(terminal, plan, log, metrics ?? undefined)
  const { host } = opened
  metrics?.watch(host)
  // Opening the files anew is the way out of that, and that is a restart.
  const failed = new Promise<unknown>((resolve) =>
    host.on('storage-failed', ({ error }) => resolve({ error })),
  )
  let closeEndpoints = async (): Promise<void> => {}
  let closeDashboard = async (): Promise<void> => {}
  let failure: unknown = null
  try {
    // Before the groups are opened, which takes a while where their values are large.
    closeEndpoints = await openEndpoints(endpointsOf(plan, opened, metrics))
    closeDashboard = await openPlannedDashboard(call, plan, opened)
    const ended = new Promise<null>((resolve) => {
      if (interrupted.aborted) resolve(null)
      else interrupted.addEventListener('abort', () => resolve(null), { once: true })
    })
    const running = runGroups(call, plan, opened, log).then(() => Promise.race([ended, failed]))
    failure = await Promise.race([ended, failed, running])
    if (failure === null) log.info('host ends', { signal: interrupted.reason })
  } finally {
    await opened.close(failure !== null)
    await closeDashboard()
    await closeEndpoints()
  }
  if (failure === null) return Status.fine
  const { message } = failureReport((failure as { error: unknown }).error)
  terminal.say(`The storage of host ${shownName(plan.id)} has failed: ${message}\n`)
  return Status.failed
}

function endpointsOf(plan: HostPlan, { host }: OpenedHost, metrics: Metrics | null) {
  return {
    probes:
      plan.probes === null
        ? null
        : { place: plan.probes, answer: probes(host, { groups: [...plan.groups.keys()] }) },
    metrics:
      plan.metrics === null || metrics === null
        ? null
        : { place: plan.metrics, answer: metricsHandler(registerMetrics(metrics)) },
  }
}

async function runGroups(
  { terminal, json }: Call,
  plan: HostPlan,
  { host }: OpenedHost,
  log: Log,
): Promise<void> {
  const { id, join, learner, formerDataLost, settings } = plan
  for (const [group, recipe] of plan.groups) {
    await host.group(group, {
      machine: await machineOf(recipe),
      join,
      learner,
      settings,
      ...(formerDataLost ? { formerData: 'lost' as const } : {}),
    })
    if (host.status(group) === null)
      log.info('group waits to be found, or created once by a person', {
        group,
        create: `rafted init ${group} --at ${plan.advertise ?? plan.listen}`,
      })
  }
  const at = plan.advertise ?? plan.listen
  const groups = [...plan.groups.keys()]
  await terminal.print(
    json
      ? jsonLine({ host: id, at, groups })
      : `host ${shownName(id)} runs at ${at}: ${groups.map(shownName).join(', ')}\n`,
  )
}
