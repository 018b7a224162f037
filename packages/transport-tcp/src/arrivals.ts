/** Who has dialled this side and is not in yet, and how many there may be of whom. */
import type { Socket } from 'node:net'
import { isLoopback } from './address.ts'
import type { TcpLimits } from './limits.ts'
import type { Opening } from './opening.ts'
import { refusal } from './refusal.ts'
import type { Report } from './report.ts'

export class Arrivals {
  readonly #limits: TcpLimits
  readonly #report: Report
  /** Without a secret and TLS only this machine is let in. */
  readonly #onlyLoopback: boolean
  readonly #byIp = new Map<string, number>()
  #total = 0
  /** The oldest first. */
  readonly #openings = new Set<Opening>()

  constructor(limits: TcpLimits, report: Report, onlyLoopback: boolean) {
    this.#limits = limits
    this.#report = report
    this.#onlyLoopback = onlyLoopback
  }

  /** Counts the connection until it is closed. @returns whether it may stay. */
  admit(socket: Socket): boolean {
    const ip = socket.remoteAddress
    // It is gone already.
    if (ip === undefined) return false
    const fromIp = this.#byIp.get(ip) ?? 0
    const { maxConnections, maxConnectionsPerIp } = this.#limits
    const reason =
      this.#onlyLoopback && !isLoopback(ip)
        ? refusal('wrong-secret', `${ip} dialled, and without a secret or TLS only this machine is let in.`)
        : this.#total >= maxConnections || fromIp >= maxConnectionsPerIp
          ? refusal('overloaded', `There are ${this.#total} connections, ${fromIp} of them from ${ip}.`)
          : null
    if (reason !== null) {
      this.#report.count('tcp_refused')
      this.#report.event('warn', 'refused', ip, reason)
      return false
    }
    this.#total += 1
    this.#byIp.set(ip, fromIp + 1)
    socket.once('close', () => this.#left(ip))
    return true
  }

  /** The handshake begins. The oldest one under way makes room: an honest one takes no time. */
  begin(opening: Opening): void {
    this.#openings.add(opening)
    if (this.#openings.size <= this.#limits.maxUnauthenticated) return
    for (const oldest of this.#openings) {
      this.#report.count('tcp_refused')
      oldest.fail(
        refusal('overloaded', 'Too many have dialled and say nothing; this one was the first of them.'),
      )
      return
    }
  }

  end(opening: Opening): void {
    this.#openings.delete(opening)
  }

  #left(ip: string): void {
    this.#total -= 1
    const fromIp = (this.#byIp.get(ip) ?? 1) - 1
    if (fromIp > 0) this.#byIp.set(ip, fromIp)
    else this.#byIp.delete(ip)
  }
}
