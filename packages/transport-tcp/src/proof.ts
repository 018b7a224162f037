/** How each side shows that it knows the secret, without saying it. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { PROOF_BYTES } from './greeting.ts'

/** Whose proof it is. Each side's own label: a proof sent back to whoever made it proves nothing. */
export type Prover = 'dialler' | 'listener'

/**
 * Over all that both sides have said, byte for byte: versions, nonces, names, roles, lane, addresses, cluster. So a proof is good
 * for this connection only. Without a secret it is empty.
 */
export function proofOf(
  secret: Uint8Array | null,
  prover: Prover,
  hello: Uint8Array,
  challenge: Uint8Array,
): Uint8Array {
  if (secret === null) return new Uint8Array()
  const mac = createHmac('sha256', secret)
  mac.update(`rafted tcp handshake, proof of the ${prover}\n`)
  mac.update(hello)
  mac.update(challenge)
  return mac.digest()
}

/** In constant time, whatever the proof. */
export function isProof(expected: Uint8Array, given: Uint8Array): boolean {
  if (expected.byteLength !== given.byteLength) return false
  return expected.byteLength !== PROOF_BYTES || timingSafeEqual(expected, given)
}
