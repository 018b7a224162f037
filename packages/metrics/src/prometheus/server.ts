/// <reference lib="esnext.disposable" preserve="true" />
/** A registry's page on a port of its own. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { RaftedError } from '@rafted/contracts'
import { metricsHandler } from './handler.ts'
import type { AnyRegistry } from './registry.ts'

/** Where metrics are served. */
export interface ServeMetricsOptions {
  /** 0 for any that is free. */
  readonly port: number
  /** The interface it listens on. Default `127.0.0.1`: nobody on another machine reaches it. There is neither encryption nor a password. */
  readonly address?: string | undefined
}

/** A server of metrics. It keeps no process alive. */
export interface MetricsServer extends AsyncDisposable {
  readonly port: number
  /** Where the page is, as this machine reaches it: `http://127.0.0.1:9464/metrics`. */
  readonly url: string
  /** Ends it; requests under way are cut off. */
  close(): Promise<void>
}

/**
 * Serves what the registry has at `/metrics`, on a port of its own, for Prometheus to scrape.
 * @throws {RaftedError} `invalid-argument` for a port that can't be; `address-in-use`.
 */
export async function serveMetrics(
  registry: Pick<AnyRegistry, 'contentType' | 'metrics'>,
  { port, address = '127.0.0.1' }: ServeMetricsOptions,
): Promise<MetricsServer> {
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw refusal('invalid-argument', `A port is a whole number from 0 to 65535, not ${port}.`)
  const handler = metricsHandler(registry)
  const server = createServer((request, response) => {
    const [path] = (request.url ?? '/').split('?')
    if (path === '/metrics') handler(request, response)
    else response.writeHead(404).end()
  })
  await listen(server, port, address)
  // A host keeps its process alive, and who is asked about it need not.
  server.unref()
  const { port: bound } = server.address() as AddressInfo
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  const url = `http://${address.includes(':') ? `[${address}]` : address}:${bound}/metrics`
  return { port: bound, url, close, [Symbol.asyncDispose]: close }
}

function listen(server: Server, port: number, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const where = `${address}:${port}`
      const isTaken = cause.code === 'EADDRINUSE'
      reject(
        isTaken
          ? refusal('address-in-use', `Metrics can't be served at ${where}: something listens there.`, cause)
          : refusal('invalid-argument', `Metrics can't be served at ${where}: ${cause.message}.`, cause),
      )
    })
    server.listen(port, address, resolve)
  })
}

function refusal(code: 'invalid-argument' | 'address-in-use', message: string, cause?: unknown): RaftedError {
  return new RaftedError(code, message, { outcome: 'not-applied', cause })
}
