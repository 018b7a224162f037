/** Real brokers on this machine, on ports that they choose themselves. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { type ConnectionOptions, connect, type NatsConnection } from 'nats'
import { until } from './until.ts'

const binary = (process.env.PATH ?? '')
  .split(delimiter)
  .concat('/usr/sbin', '/usr/local/bin')
  .map((directory) => join(directory, 'nats-server'))
  .find((path) => existsSync(path))

/** Without the program the tests that need it are skipped, and counted as that. Where changes are judged, it has to be there. */
export const withoutServer = binary === undefined && process.env.CI === undefined

/** Connections that never give up, and try again soon. */
const persistent: ConnectionOptions = { maxReconnectAttempts: -1, reconnectTimeWait: 20, reconnectJitter: 0 }

export class NatsServer {
  readonly #directory = mkdtempSync(join(tmpdir(), 'nats-'))
  readonly #config: string
  readonly #connections = new Set<NatsConnection>()
  #process: ChildProcess | null = null
  /** Chosen when it is first started, and kept. */
  port = -1
  clusterPort = -1

  /** @param config more of the server's configuration, in its own language. */
  static async start(config = ''): Promise<NatsServer> {
    const server = new NatsServer(config)
    await server.start()
    return server
  }

  constructor(config: string) {
    this.#config = config
  }

  get url(): string {
    return `127.0.0.1:${this.port}`
  }

  async start(): Promise<void> {
    const file = join(this.#directory, 'server.conf')
    const cluster = this.clusterPort === -1 ? '-1' : `${this.clusterPort}`
    writeFileSync(file, this.#config.replaceAll('CLUSTER_PORT', cluster))
    const args = ['-a', '127.0.0.1', '-p', `${this.port}`, '-c', file, '--ports_file_dir', this.#directory]
    const child = spawn(binary ?? 'nats-server', args, { stdio: ['ignore', 'ignore', 'pipe'] })
    this.#process = child
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = `${said}${text}`.slice(-4000)
    })
    let ended = false
    child.once('exit', () => {
      ended = true
    })
    let ports: { nats: string[]; cluster?: string[] } | null = null
    await until(() => {
      if (ended) throw new Error(`nats-server has ended: ${said}`)
      ports = this.#ports(child.pid!)
      return ports !== null
    })
    const { nats, cluster: clusters } = ports!
    this.port = portOf(nats[0]!)
    if (clusters?.[0] !== undefined) this.clusterPort = portOf(clusters[0])
  }

  /** Ends it at once, as a crash does. */
  async kill(): Promise<void> {
    const child = this.#process
    if (child === null) return
    this.#process = null
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
  }

  /** The server stops answering, and closes nothing. */
  pause(): void {
    this.#process?.kill('SIGSTOP')
  }

  resume(): void {
    this.#process?.kill('SIGCONT')
  }

  async connect(options: ConnectionOptions = {}): Promise<NatsConnection> {
    const connection = await connect({ servers: this.url, ...persistent, ...options })
    this.#connections.add(connection)
    void connection.closed().then(() => this.#connections.delete(connection))
    return connection
  }

  async remove(): Promise<void> {
    this.resume()
    await Promise.all([...this.#connections].map((connection) => connection.close()))
    await this.kill()
    rmSync(this.#directory, { recursive: true })
  }

  #ports(pid: number): { nats: string[]; cluster?: string[] } | null {
    const name = readdirSync(this.#directory).find((file) => file.endsWith(`_${pid}.ports`))
    if (name === undefined) return null
    try {
      return JSON.parse(readFileSync(join(this.#directory, name), 'utf8'))
    } catch {
      // Half written.
      return null
    }
  }
}

const portOf = (url: string): number => Number(/\d+$/.exec(url)![0])
