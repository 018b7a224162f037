/** Who may ask: whoever knows the token, from a page of this server alone. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Random } from '@rafted/contracts'

const TOKEN_BYTES = 32

/** Drawn anew each time: 256 bits, as text that may stand in a URL. */
export function drawToken(random: Random): string {
  return Buffer.from(random.bytes(TOKEN_BYTES)).toString('base64url')
}

export class Guard {
  readonly #token: Buffer
  readonly #names: ReadonlySet<string>

  /** @param names by which browsers may call the server, with ports, in small letters. */
  constructor(token: string, names: readonly string[]) {
    this.#token = digest(token)
    this.#names = new Set(names)
  }

  /**
   * Whether the request is meant for this server. A page of somebody else whose name was made to lead here (DNS rebinding) calls it by that name.
   */
  isForUs({ host }: IncomingHttpHeaders): boolean {
    return host !== undefined && this.#names.has(host.toLowerCase())
  }

  /** Whether it comes from a page of this server, or from no page at all. */
  isFromUs({ host, origin, 'sec-fetch-site': site }: IncomingHttpHeaders): boolean {
    if (site !== undefined && site !== 'same-origin' && site !== 'none') return false
    if (origin === undefined) return true
    const [, name] = /^https?:\/\/([^/]+)$/.exec(origin) ?? []
    return name !== undefined && host !== undefined && name.toLowerCase() === host.toLowerCase()
  }

  /** Takes as long for a token that is nearly right as for any other. */
  knowsToken({ authorization }: IncomingHttpHeaders): boolean {
    const [, told] = /^Bearer ([\w-]{1,128})$/.exec(authorization ?? '') ?? []
    return told !== undefined && timingSafeEqual(digest(told), this.#token)
  }
}

/** All are of one length then. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
