/** A NATS server on this machine, to be killed and started again. */
import { type ChildProcess, spawn } from 'node:child_process'
import { connect, createServer } from 'node:net'

/** @returns a port that nobody listened on a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** @returns whether somebody listens there. */
function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

export class NatsServer {
  readonly port: number
  #process: ChildProcess | null = null

  static async start(): Promise<NatsServer> {
    const server = new NatsServer(await freePort())
    await server.start()
    return server
  }

  private constructor(port: number) {
    this.port = port
  }

  get url(): string {
    return `127.0.0.1:${this.port}`
  }

  async start(): Promise<void> {
    const child = spawn('nats-server', ['-a', '127.0.0.1', '-p', `${this.port}`], { stdio: 'ignore' })
    let failure: string | null = null
    child.once('error', ({ message }) => {
      failure = message
    })
    child.once('exit', (code) => {
      failure = `its exit code was ${code}`
    })
    this.#process = child
    while (!(await listens(this.port))) {
      if (failure !== null) throw new Error(`nats-server does not run: ${failure}`)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }

  async kill(): Promise<void> {
    const child = this.#process
    if (child === null) return
    this.#process = null
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
  }

  /** At once, when this process ends. */
  abandon(): void {
    this.#process?.kill('SIGKILL')
  }
}
