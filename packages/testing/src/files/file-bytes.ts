/**
 * The bytes of a file, in pages that are changed in place; copies share them until one is changed. What nobody wrote reads as zeros and takes
 * no room: a page that isn't there, and in a sector what lies behind the last byte that was written in it.
 */

/** What a disk writes whole or not at all. */
export const SECTOR_BYTES = 512

const PAGE_SECTORS = 8
const PAGE_BYTES = PAGE_SECTORS * SECTOR_BYTES

interface Page {
  /** Whoever may change it. */
  readonly owner: object
  readonly bytes: Uint8Array
  /** Of each sector, how many bytes stand in it. */
  readonly filled: Uint16Array
}

export class FileBytes {
  #pages = new Map<number, Page>()
  #owner = {}

  copy(): FileBytes {
    const copy = new FileBytes()
    copy.#pages = new Map(this.#pages)
    // The pages that there are belong to neither any more.
    this.#owner = {}
    return copy
  }

  /** How many bytes stand here: what the file takes of the disk. */
  get used(): number {
    let sum = 0
    for (const { filled } of this.#pages.values()) for (const count of filled) sum += count
    return sum
  }

  /** How many bytes stand in a sector. */
  filled(sector: number): number {
    const page = this.#pages.get(Math.floor(sector / PAGE_SECTORS))
    return page === undefined ? 0 : page.filled[sector % PAGE_SECTORS]!
  }

  write(position: number, bytes: Uint8Array): void {
    const end = position + bytes.length
    for (let at = position; at < end; ) {
      const number = Math.floor(at / PAGE_BYTES)
      const start = number * PAGE_BYTES
      const to = Math.min(end, start + PAGE_BYTES)
      const page = this.#page(number)
      const isWhole = at === position && to === end
      page.bytes.set(isWhole ? bytes : bytes.subarray(at - position, to - position), at - start)
      fill(page.filled, at - start, to - start)
      at = to
    }
  }

  /** @returns the `length` bytes at `position`, zeros where nothing stands. */
  read(position: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length)
    const end = position + length
    for (let at = position; at < end; ) {
      const number = Math.floor(at / PAGE_BYTES)
      const start = number * PAGE_BYTES
      const to = Math.min(end, start + PAGE_BYTES)
      const page = this.#pages.get(number)
      if (page !== undefined) bytes.set(page.bytes.subarray(at - start, to - start), at - position)
      at = to
    }
    return bytes
  }

  /** Forgets what lies at `length` and beyond. */
  cut(length: number): void {
    const last = Math.floor(length / PAGE_BYTES)
    for (const number of this.#pages.keys()) {
      if (number < last) continue
      const rest = number === last ? length - last * PAGE_BYTES : 0
      if (rest === 0) {
        this.#pages.delete(number)
        continue
      }
      if (this.#pages.get(number)!.filled.every((count, sector) => count <= leftOf(sector, rest))) continue
      const page = this.#page(number)
      page.bytes.fill(0, rest)
      for (let sector = 0; sector < PAGE_SECTORS; sector++)
        page.filled[sector] = Math.min(page.filled[sector]!, leftOf(sector, rest))
    }
  }

  /** One sector becomes as it is in `other`. */
  take(sector: number, other: FileBytes): void {
    const number = Math.floor(sector / PAGE_SECTORS)
    const source = other.#pages.get(number)
    if (source === undefined) return
    const page = this.#page(number)
    const within = sector % PAGE_SECTORS
    const from = within * SECTOR_BYTES
    page.bytes.set(source.bytes.subarray(from, from + SECTOR_BYTES), from)
    page.filled[within] = source.filled[within]!
  }

  /** Turns the bits of one byte that `mask` has. */
  flip(position: number, mask: number): void {
    const number = Math.floor(position / PAGE_BYTES)
    const page = this.#page(number)
    const at = position - number * PAGE_BYTES
    page.bytes[at]! ^= mask
    fill(page.filled, at, at + 1)
  }

  /** @returns a page that may be changed. */
  #page(number: number): Page {
    const found = this.#pages.get(number)
    if (found?.owner === this.#owner) return found
    const page = {
      owner: this.#owner,
      bytes: found?.bytes.slice() ?? new Uint8Array(PAGE_BYTES),
      filled: found?.filled.slice() ?? new Uint16Array(PAGE_SECTORS),
    }
    this.#pages.set(number, page)
    return page
  }
}

/** @returns how much of a sector lies before `end` in its page. */
function leftOf(sector: number, end: number): number {
  return Math.max(0, end - sector * SECTOR_BYTES)
}

function fill(filled: Uint16Array, from: number, to: number): void {
  for (let sector = Math.floor(from / SECTOR_BYTES); sector * SECTOR_BYTES < to; sector++) {
    const reached = Math.min(SECTOR_BYTES, to - sector * SECTOR_BYTES)
    if (filled[sector]! < reached) filled[sector] = reached
  }
}
