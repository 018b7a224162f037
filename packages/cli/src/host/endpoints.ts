/** What a host answers over HTTP: whether it is well, and its metrics. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { RaftedError } from '@rafted/contracts'
import type { HttpPlace } from './plan.ts'

type Answer = (request: IncomingMessage, response: ServerResponse) => void

export interface Endpoints {
  /** `/livez` and `/readyz`. */
  readonly probes: { readonly place: HttpPlace; readonly answer: Answer } | null
  /** `/metrics`. */
  readonly metrics: { readonly place: HttpPlace; readonly answer: Answer } | null
}

/** Listens until it is closed. @returns how. @throws {RaftedError} `address-in-use`, `invalid-argument`. */
export async function openEndpoints({ probes, metrics }: Endpoints): Promise<() => Promise<void>> {
  const paths = new Map<string, { readonly place: HttpPlace; readonly answers: Map<string, Answer> }>()
  const add = (endpoint: Endpoints['probes'], ...names: string[]): void => {
    if (endpoint === null) return
    const { place, answer } = endpoint
    const key = `${place.address} ${place.port}`
    const known = paths.get(key) ?? { place, answers: new Map<string, Answer>() }
    paths.set(key, known)
    for (const name of names) known.answers.set(name, answer)
  }
  add(probes, '/livez', '/readyz')
  add(metrics, '/metrics')
  const servers: Server[] = []
  const close = async (): Promise<void> => {
    await Promise.all(servers.map(closed))
  }
  try {
    for (const { place, answers } of paths.values()) servers.push(await listening(place, answers))
  } catch (error) {
    await close()
    throw error
  }
  return close
}

function listening({ address, port }: HttpPlace, answers: ReadonlyMap<string, Answer>): Promise<Server> {
  const server = createServer((request, response) => {
    const answer = answers.get((request.url ?? '/').split('?')[0]!)
    if (answer === undefined) response.writeHead(404).end()
    else answer(request, response)
  })
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const isTaken = cause.code === 'EADDRINUSE'
      const why = isTaken ? 'somebody listens there' : cause.message
      const message = `Nothing can be answered at ${address}:${port}: ${why}.`
      reject(
        new RaftedError(isTaken ? 'address-in-use' : 'invalid-argument', message, {
          outcome: 'not-applied',
          cause,
        }),
      )
    })
    server.listen(port, address, () => resolve(server))
  })
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
