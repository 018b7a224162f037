/**
 * TLS 1.3 in which both sides show certificates. Who is there is what the certificate names, and never the name or address that was dialled: hosts
 * move, and nobody's DNS decides who they are.
 */
import type { Socket } from 'node:net'
import { connect, createServer, type Server, type TLSSocket } from 'node:tls'
import { isRaftedError, type RaftedError } from '@rafted/contracts'
import type { Endpoint } from './address.ts'
import { checkNamesHost, namesIn } from './certificate.ts'
import type { Credentials } from './credentials.ts'
import { wrongCertificate } from './refusal.ts'
import type { Report } from './report.ts'
import { tlsFailure, unfit } from './tls-failures.ts'
import type { Accepting, Certified, Wires } from './wires.ts'

export class TlsWires implements Wires {
  readonly #credentials: Credentials
  readonly #cluster: string
  readonly #report: Report
  /** Never listens: connections are handed to it once they have been counted. */
  readonly #server: Server
  /** Under way, by both ends of the connection. */
  readonly #accepting = new Map<string, Accepting>()

  constructor(credentials: Credentials, cluster: string, report: Report) {
    this.#credentials = credentials
    this.#cluster = cluster
    this.#report = report
    // With `rejectUnauthorized`, Node.js would close connections without a word on why, or on whose they were; `namesOf` lets nobody in whom it would not.
    const asking = { requestCert: true, rejectUnauthorized: false }
    this.#server = createServer({ ...credentials.options, ...asking })
    this.#server.on('secureConnection', (socket) => this.#secured(socket))
    this.#server.on('tlsClientError', (error, socket) => this.#take(socket)?.failed(tlsFailure(error)))
  }

  dial(endpoint: Endpoint, ready: (certified: Certified) => void): Socket {
    this.#refresh()
    const socket = connect({
      ...endpoint,
      secureContext: this.#credentials.context,
      rejectUnauthorized: true,
      // In place of the comparison with the name that was dialled.
      checkServerIdentity: (_, { subjectaltname }) => {
        try {
          checkNamesHost(namesIn(subjectaltname), this.#cluster)
          return undefined
        } catch (error) {
          return error as RaftedError
        }
      },
    })
    socket.setNoDelay(true)
    socket.once('secureConnect', () => {
      try {
        ready(namesOf(socket))
      } catch (error) {
        socket.destroy(error as Error)
      }
    })
    return socket
  }

  accept(socket: Socket, accepting: Accepting): void {
    this.#refresh()
    const key = endsOf(socket)
    this.#accepting.set(key, accepting)
    socket.once('close', () => {
      if (this.#accepting.get(key) === accepting) this.#accepting.delete(key)
    })
    this.#server.emit('connection', socket)
  }

  #secured(socket: TLSSocket): void {
    const accepting = this.#take(socket)
    if (accepting === undefined) {
      socket.destroy()
      return
    }
    let names: Certified
    try {
      names = namesOf(socket)
    } catch (error) {
      if (!isRaftedError(error)) throw error
      accepting.failed(error, socket)
      return
    }
    accepting.ready(socket, names)
  }

  #take(socket: TLSSocket): Accepting | undefined {
    const key = endsOf(socket)
    const accepting = this.#accepting.get(key)
    this.#accepting.delete(key)
    return accepting
  }

  #refresh(): void {
    const refreshed = this.#credentials.refresh()
    if (refreshed === 'same') return
    if (refreshed === 'changed') {
      this.#server.setSecureContext(this.#credentials.options)
      this.#report.event('info', 'certificate-changed', '')
    } else this.#report.event('error', 'certificate-not-changed', '', refreshed)
  }
}

/** @throws {RaftedError} `wrong-certificate` unless the other side has shown one, now, that an authority of this side vouches for. */
function namesOf(socket: TLSSocket): Certified {
  const certificate = socket.getPeerX509Certificate()
  if (certificate === undefined) throw wrongCertificate('none', 'The other side shows no certificate.')
  if (!socket.authorized) throw unfit(String(socket.authorizationError))
  // It would stand for a certificate that was looked at some other time.
  if (socket.isSessionReused()) throw wrongCertificate('none', 'The other side takes up a former session.')
  return namesIn(certificate.subjectAltName)
}

function endsOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`
}
