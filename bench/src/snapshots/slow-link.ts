/** A link of so many bytes per second, in front of an address: what is dialled here goes on there. Both lanes of a host share it. */
import { connect, createServer, type Server, type Socket } from 'node:net'

const TURN_MS = 5

/** One way of the link. Bytes go in the order in which they came, a few milliseconds' worth at a time. */
class Way {
  readonly #bytesPerTurn: number
  #left: number
  readonly #waiting: { readonly bytes: number; readonly run: () => void }[] = []
  readonly #timer: NodeJS.Timeout
  #last = performance.now()

  constructor(bytesPerSecond: number) {
    this.#bytesPerTurn = bytesPerSecond / 1000
    this.#left = 0
    this.#timer = setInterval(() => this.#turn(), TURN_MS)
  }

  pass(bytes: number, run: () => void): void {
    this.#waiting.push({ bytes, run })
  }

  #turn(): void {
    const now = performance.now()
    // What was not used is lost, but for what a late timer could not give out.
    this.#left = Math.min(this.#left, 0) + (now - this.#last) * this.#bytesPerTurn
    this.#last = now
    while (this.#left > 0 && this.#waiting.length > 0) {
      const { bytes, run } = this.#waiting.shift()!
      this.#left -= bytes
      run()
    }
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}

export class SlowLink {
  readonly #server: Server
  readonly #there: Way
  readonly #back: Way
  readonly #sockets = new Set<Socket>()

  private constructor(server: Server, bytesPerSecond: number) {
    this.#server = server
    this.#there = new Way(bytesPerSecond)
    this.#back = new Way(bytesPerSecond)
  }

  static async open(from: number, to: number, bytesPerSecond: number): Promise<SlowLink> {
    const server = createServer({ noDelay: true })
    const link = new SlowLink(server, bytesPerSecond)
    server.on('connection', (socket) => link.#carry(socket, to))
    await new Promise<void>((resolve) => server.listen(from, '127.0.0.1', resolve))
    return link
  }

  #carry(socket: Socket, to: number): void {
    const other = connect({ port: to, host: '127.0.0.1', noDelay: true })
    forward(socket, other, this.#there)
    forward(other, socket, this.#back)
    for (const one of [socket, other]) {
      this.#sockets.add(one)
      one.on('error', () => {})
      one.on('close', () => {
        this.#sockets.delete(one)
        socket.destroy()
        other.destroy()
      })
    }
  }

  close(): void {
    this.#there.stop()
    this.#back.stop()
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }
}

/** One piece at a time: whoever sends more is held up by its own socket, as on any link. */
function forward(from: Socket, to: Socket, way: Way): void {
  from.on('data', (bytes) => {
    from.pause()
    way.pass(bytes.length, () => {
      if (to.write(bytes)) from.resume()
      else to.once('drain', () => from.resume())
    })
  })
}
