/** Where batches are sent: to a host by its name, to a client by what it is answered with. */
import type { Sender } from '@rafted/contracts'
import { isName } from './token.ts'

const clientPrefix = 'client#'
const clientAddress = /^client#([0-9a-f]{16})#(.+)$/s

export interface Destination {
  readonly role: Sender['role']
  readonly name: string
  /** The one life of a client's connection that is meant; null for a host, whoever it is now. */
  readonly instance: string | null
}

/** @param instance of a client: two of one name are two. */
export function addressOf(role: Sender['role'], name: string, instance: string): string {
  return role === 'peer' ? name : `${clientPrefix}${instance}#${name}`
}

/** A host of such a name would have the address of a client. */
export function looksLikeClient(name: string): boolean {
  return name.startsWith(clientPrefix)
}

/** @returns null for an address at which nobody can be. */
export function destinationOf(address: string): Destination | null {
  if (!looksLikeClient(address))
    return isName(address) ? { role: 'peer', name: address, instance: null } : null
  const [, instance, name] = clientAddress.exec(address) ?? []
  return instance !== undefined && isName(name) ? { role: 'client', name, instance } : null
}
