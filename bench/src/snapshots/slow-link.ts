/** A link of so many bytes per second, in front of an address: what is dialled here goes on there. Both lanes of a host share it. */
import { connect, createServer, type Server, type Socket } from 'node:net'

/** A late timer makes up for so many milliseconds at most: what a link does not carry it does not carry later. */
const BURST_MS = 20

/** One way of the link. Bytes go in the order in which they came. */
class Way {
  readonly #bytesPerMs: number
  readonly #waiting: { readonly bytes: number; readonly run: () => void }[] = []
  /** May go now; less than none after a piece that was larger. */
  #left = 0
  #last = performance.now()
  #timer: NodeJS.Timeout | null = null

  constructor(bytesPerSecond: number) {
    this.#bytesPerMs = bytesPerSecond / 1000
  }

  pass(bytes: number, run: () => void): void {
    this.#waiting.push({ bytes, run })
    if (this.#timer === null) this.#turn()
  }

  #turn(): void {
    const now = performance.now()
    const most = BURST_MS * this.#bytesPerMs
    this.#left = Math.min(this.#left + (now - this.#last) * this.#bytesPerMs, most)
    this.#last = now
    this.#timer = null
    while (this.#left > 0 && this.#waiting.length > 0) {
      const { bytes, run } = this.#waiting.shift()!
      this.#left -= bytes
      run()
    }
    if (this.#waiting.length > 0) this.#timer = setTimeout(() => this.#turn(), -this.#left / this.#bytesPerMs)
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
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
