/** Asks a dashboard over HTTP as a test wants, with any headers. */
import { type IncomingHttpHeaders, request } from 'node:http'
import type { Dashboard } from '../src/index.ts'

export interface Asked {
  readonly method?: string
  /** Those of a page of the dashboard unless they are said; undefined leaves one out. */
  readonly headers?: Readonly<Record<string, string | undefined>>
  readonly body?: string | undefined
}

export interface Answered {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** What stands in it as JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: as it comes
  readonly data: any
}

export const tokenOf = ({ url }: Dashboard): string => url.split('#token=')[1]!

export function ask(
  dashboard: Dashboard,
  path: string,
  { method = 'GET', headers = {}, body }: Asked = {},
): Promise<Answered> {
  const { port } = dashboard
  const all = {
    host: `127.0.0.1:${port}`,
    authorization: `Bearer ${tokenOf(dashboard)}`,
    ...(method === 'POST' ? { 'content-type': 'application/json', origin: `http://127.0.0.1:${port}` } : {}),
    ...headers,
  }
  const given = Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined)
  return new Promise((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      port,
      path,
      method,
      headers: Object.fromEntries(given),
      agent: false,
    }
    const asking = request(options, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (part: string) => {
        text += part
      })
      response.on('end', () => {
        const { statusCode: status = 0, headers: told } = response
        const isJson = told['content-type']?.startsWith('application/json') === true && text !== ''
        resolve({ status, headers: told, text, data: isJson ? JSON.parse(text) : null })
      })
    })
    asking.on('error', reject)
    asking.end(body)
  })
}

export const act = (dashboard: Dashboard, action: object, more: Asked = {}): Promise<Answered> =>
  ask(dashboard, '/api/act', { method: 'POST', body: JSON.stringify(action), ...more })
