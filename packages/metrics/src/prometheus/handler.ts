/** A registry's page for any HTTP server. */
import type { AnyRegistry } from './registry.ts'

/** What is needed of a request of `node:http`. */
export interface MetricsRequest {
  readonly method?: string | undefined
}

/** What is needed of a response of `node:http`. */
export interface MetricsResponse {
  /** Begins the answer, as of `ServerResponse`. */
  writeHead(status: number, headers: Record<string, string>): unknown
  /** Sends the body and ends the answer. */
  end(body: string): unknown
}

/**
 * Answers with all that the registry has: a listener for `createServer` of `node:http`, a handler of Express. It doesn't look at the path; other methods than `GET` and
 * `HEAD` are 405, and a registry that fails is 500, with nothing of the error.
 */
export function metricsHandler(
  registry: Pick<AnyRegistry, 'contentType' | 'metrics'>,
): (request: MetricsRequest, response: MetricsResponse) => void {
  return async ({ method = 'GET' }, response) => {
    if (method !== 'GET' && method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' })
      response.end('')
      return
    }
    let page: string
    try {
      page = await registry.metrics()
    } catch {
      response.writeHead(500, { 'content-type': 'text/plain' })
      response.end('The metrics could not be collected.\n')
      return
    }
    response.writeHead(200, { 'content-type': registry.contentType, 'cache-control': 'no-store' })
    response.end(method === 'HEAD' ? '' : page)
  }
}
