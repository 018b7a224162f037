/** Hosts that did not answer when they were asked last. Others are asked first: a call that is short of time may get no further than to the first one (F49f). */
import type { ErrorCode } from '@rafted/contracts'
import type { Address } from './context.ts'
import { MAX_GROUPS } from './limits.ts'

export class SilentHosts {
  readonly #addresses = new Set<string>()

  failed(address: Address, code: ErrorCode): void {
    if (address === null || (code !== 'unreachable' && code !== 'timeout')) return
    // Put last, so that what was learned first is forgotten first.
    this.#addresses.delete(address)
    this.#addresses.add(address)
    if (this.#addresses.size > MAX_GROUPS) this.#addresses.delete(this.#addresses.values().next().value!)
  }

  answered(address: Address): void {
    if (address !== null && this.#addresses.size > 0) this.#addresses.delete(address)
  }

  has(address: string): boolean {
    return this.#addresses.has(address)
  }

  /** The same, those that have not answered behind the others. */
  last<Place extends Address>(addresses: readonly Place[]): Place[] {
    const isSilent = (address: Address): boolean => address !== null && this.has(address)
    return [
      ...addresses.filter((address) => !isSilent(address)),
      ...addresses.filter((address) => isSilent(address)),
    ]
  }
}
