/** Health as supervisors ask for it over HTTP: `/livez` and `/readyz`, as in Kubernetes. */
import type { Health, HealthOptions } from './health.ts'

/** A host, in this thread or in another. */
export interface Probed {
  health(options?: HealthOptions): Promise<Health>
}

/** What to answer over HTTP. */
export interface ProbeAnswer {
  /** 200 or 503. */
  readonly status: number
  /** JSON: whether it is so, and why not. */
  readonly body: string
}

/** For any HTTP framework. @returns null for a path that is neither `/livez` nor `/readyz`. */
export async function probe(
  host: Probed,
  path: string,
  options: HealthOptions = {},
): Promise<ProbeAnswer | null> {
  const [asked] = path.split('?')
  if (asked !== '/livez' && asked !== '/readyz') return null
  const { live, ready, why } = await host.health(options)
  const isSo = asked === '/livez' ? live : ready
  return { status: isSo ? 200 : 503, body: `${JSON.stringify({ live, ready, why })}\n` }
}

/** What is needed of a request of `node:http`. */
export interface ProbeRequest {
  readonly url?: string | undefined
}

/** What is needed of a response of `node:http`. */
export interface ProbeResponse {
  /** Begins the answer, as of `ServerResponse`. */
  writeHead(status: number, headers: Record<string, string>): unknown
  /** Sends the body and ends the answer. */
  end(body: string): unknown
}

/** A listener for `createServer` of `node:http`; what it doesn't know is 404. */
export function probes(
  host: Probed,
  options?: HealthOptions,
): (request: ProbeRequest, response: ProbeResponse) => void {
  return async ({ url = '/' }, response) => {
    const { status, body } = (await probe(host, url, options)) ?? { status: 404, body: '{}\n' }
    response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    response.end(body)
  }
}
