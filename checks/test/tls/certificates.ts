/** Certificates for tests, made here: X.509 (RFC 5280) by hand, as much of it as an authority of elliptic curves needs. */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { certificateName, type TlsCredentials } from '@rafted/transport-tcp'

const DAY_MS = 24 * 60 * 60 * 1000

export interface Wish {
  /** URIs among its alternative names. */
  readonly uris?: readonly string[]
  readonly dns?: readonly string[]
  /** Days from now; before now if negative. Default: from yesterday, for a month. */
  readonly from?: number
  readonly until?: number
  /** Default: for both. */
  readonly purposes?: readonly ('server' | 'client')[]
}

interface Issued {
  readonly key: string
  readonly cert: string
}

/** Signs for who asks. */
export class Authority {
  readonly name: string
  readonly cert: string
  readonly #key: KeyObject

  constructor(name: string) {
    const { privateKey, publicKey } = pair()
    this.name = name
    this.#key = privateKey
    const basics = extension('551d13', sequence(Buffer.from('0101ff', 'hex')), true)
    this.cert = pem('CERTIFICATE', certificate(this, name, publicKey, privateKey, [basics], {}))
  }

  issue(wish: Wish): Issued {
    const { uris = [], dns = [], purposes = ['server', 'client'] } = wish
    const { privateKey, publicKey } = pair()
    const names = [...dns.map((name) => tagged(0x82, name)), ...uris.map((uri) => tagged(0x86, uri))]
    const uses = purposes.map((one) => oid(one === 'server' ? '2b06010505070301' : '2b06010505070302'))
    const extensions = [
      ...(names.length > 0 ? [extension('551d11', sequence(...names))] : []),
      extension('551d25', sequence(...uses)),
    ]
    const bytes = certificate(this, 'somebody', publicKey, this.#key, extensions, wish)
    return {
      key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
      cert: pem('CERTIFICATE', bytes),
    }
  }

  credentials(wish: Wish): TlsCredentials {
    return { ...this.issue(wish), ca: this.cert }
  }

  /** What a host, or a client, of cluster `shop` proves itself by. */
  host(id: string, wish: Wish = {}): TlsCredentials {
    return this.credentials({ uris: [certificateName('shop', 'host', id)], ...wish })
  }

  client(name: string, wish: Wish = {}): TlsCredentials {
    return this.credentials({ uris: [certificateName('shop', 'client', name)], ...wish })
  }
}

function pair(): { privateKey: KeyObject; publicKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
}

function certificate(
  issuer: { readonly name: string },
  subject: string,
  publicKey: KeyObject,
  signer: KeyObject,
  extensions: readonly Buffer[],
  { from = -1, until = 30 }: Pick<Wish, 'from' | 'until'>,
): Buffer {
  const algorithm = sequence(oid('2a8648ce3d040302'))
  const serial = Buffer.concat([Buffer.from([1]), randomBytes(8)])
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    algorithm,
    distinguished(issuer.name),
    sequence(time(from), time(until)),
    distinguished(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  )
  const signature = sign('sha256', body, signer)
  return sequence(body, algorithm, der(0x03, Buffer.from([0]), signature))
}

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts)
  const { byteLength } = content
  const length = byteLength < 0x80 ? [byteLength] : [0x82, byteLength >> 8, byteLength & 0xff]
  return Buffer.concat([Buffer.from([tag, ...length]), content])
}

const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts)
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'))
const tagged = (tag: number, text: string): Buffer => der(tag, Buffer.from(text))

/** `CN=name`. */
function distinguished(name: string): Buffer {
  return sequence(der(0x31, sequence(oid('550403'), tagged(0x0c, name))))
}

function time(days: number): Buffer {
  const iso = new Date(Date.now() + days * DAY_MS).toISOString()
  return tagged(0x17, `${iso.slice(2, 19).replaceAll(/[-:T]/g, '')}Z`)
}

function extension(id: string, value: Buffer, critical = false): Buffer {
  return sequence(oid(id), ...(critical ? [Buffer.from('0101ff', 'hex')] : []), der(0x04, value))
}

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').replaceAll(/.{64}/g, '$&\n').trimEnd()
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`
}
