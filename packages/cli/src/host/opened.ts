/** Opens the host that a plan describes. */
import { resolve } from 'node:path'
import { type Observer, observers } from '@rafted/contracts'
import type { Host } from 'rafted'
import { checkGuarded, readCredentials } from '../connection/credentials.ts'
import type { Terminal } from '../terminal.ts'
import { FreshCertificates } from './fresh-certificates.ts'
import type { Log } from './log.ts'
import type { HostPlan } from './plan.ts'

export interface OpenedHost {
  readonly host: Host
  /** @param isQuick hands nothing over. */
  close(isQuick?: boolean): Promise<void>
}

/** @throws {RaftedError} what `openHost` throws; {WrongUse} for an address that others can reach, without a secret or certificates. */
export async function openPlanned(
  terminal: Terminal,
  plan: HostPlan,
  log: Log,
  observer?: Observer,
): Promise<OpenedHost> {
  const { id, cluster, listen, advertise, dir, join, credentials } = plan
  const read = await readCredentials(terminal, credentials)
  for (const address of [listen, ...join]) checkGuarded(address, read)
  const fresh =
    credentials.tls === null || read.tls === undefined
      ? null
      : new FreshCertificates(terminal, credentials.tls, read.tls, log)
  try {
    const { openHost } = await import('rafted')
    const host = await openHost({
      id,
      cluster,
      listen,
      advertise,
      dir: resolve(terminal.directory, dir),
      secret: read.secret,
      tls: fresh?.current,
      observer: observers(log.observer, observer),
    })
    const close = async (isQuick = false): Promise<void> => {
      await host.close({ transfer: !isQuick })
      fresh?.stop()
    }
    return { host, close }
  } catch (error) {
    fresh?.stop()
    throw error
  }
}
