/** The content of one file: what processes see of it, what is durable, and what has happened in between. */
import type { Ask } from './crash-choices.ts'
import { bytesIn, bytesOf, cut, imagesOf, SECTOR_BYTES, type Sectors } from './sectors.ts'

/** As a kernel does, the oldest are written back unasked, so that what never syncs doesn't grow for ever. */
const MAX_UNSYNCED = 1024

interface Change {
  readonly order: number
  readonly position: number
  readonly bytes: number
  /** Of a write: the sectors that it touched, as they were seen afterwards, with what earlier writes had left in them. */
  readonly images: Sectors
  readonly lengthBefore: number
  readonly length: number
  /** A cut to `length`: what lies beyond is zeros when it grows again. */
  readonly cuts: boolean
}

export class SimulatedFile {
  #seen: Sectors = new Map()
  #length = 0
  /** Bytes that it takes of the disk: holes take none. */
  #used = 0
  #durable: Sectors = new Map()
  #durableLength = 0
  #unsynced: Change[] = []
  #order = 0
  /** Entries that name it, and handles that have it open: with neither, its bytes are free again. */
  names = 0
  handles = 0

  get length(): number {
    return this.#length
  }

  get used(): number {
    return this.#used
  }

  read(position: number, length: number): Uint8Array {
    return bytesOf(this.#seen, position, Math.max(0, Math.min(length, this.#length - position)))
  }

  /** @returns how many of `length` bytes at `position` can be written if only `room` more may be taken. */
  fitting(position: number, length: number, room: number): number {
    let left = room
    let at = position
    while (at < position + length) {
      const index = Math.floor(at / SECTOR_BYTES)
      const to = Math.min(position + length, (index + 1) * SECTOR_BYTES)
      const filled = index * SECTOR_BYTES + (this.#seen.get(index)?.length ?? 0)
      if (to - filled > left) return Math.max(at, filled + left) - position
      left -= Math.max(0, to - filled)
      at = to
    }
    return length
  }

  write(position: number, bytes: Uint8Array): void {
    if (bytes.length === 0) return
    const images = imagesOf(this.#seen, position, bytes)
    const length = Math.max(this.#length, position + bytes.length)
    for (const [index, image] of images) this.#put(index, image)
    this.#note({ position, bytes: bytes.length, images, length, cuts: false })
  }

  truncate(length: number): void {
    const cuts = length < this.#length
    if (cuts) {
      cut(this.#seen, length)
      this.#used = bytesIn(this.#seen)
    }
    if (length !== this.#length) this.#note({ position: length, bytes: 0, images: new Map(), length, cuts })
  }

  #put(index: number, image: Uint8Array): void {
    this.#used += image.length - (this.#seen.get(index)?.length ?? 0)
    this.#seen.set(index, image)
  }

  #note(change: Omit<Change, 'order' | 'lengthBefore'>): void {
    this.#unsynced.push({ ...change, order: ++this.#order, lengthBefore: this.#length })
    this.#length = change.length
    if (this.#unsynced.length > MAX_UNSYNCED) this.#writeBack(this.#unsynced.shift()!)
  }

  #writeBack(change: Change): void {
    if (change.cuts) cut(this.#durable, change.length)
    for (const [index, image] of change.images) this.#durable.set(index, image)
    this.#durableLength = change.length
  }

  /** @returns what a sync that begins now has to make durable. */
  mark(): number {
    return this.#order
  }

  /** All changes up to `mark` are durable. */
  synced(mark: number): void {
    for (const change of this.#unsynced) if (change.order <= mark) this.#writeBack(change)
    this.dropped(mark)
  }

  /**
   * A sync has failed: what it should have written counts as clean, so no later one writes it. It is still seen, until a crash, and gets to
   * the disk only in a sector that is written anew.
   */
  dropped(mark: number): void {
    this.#unsynced = this.#unsynced.filter(({ order }) => order > mark)
  }

  /** One bit of the medium turns. */
  flip(bit: number): void {
    const byte = Math.floor(bit / 8)
    const index = Math.floor(byte / SECTOR_BYTES)
    const at = byte - index * SECTOR_BYTES
    const flipped = new Map<Uint8Array | undefined, Uint8Array>()
    const flip = (image: Uint8Array | undefined): Uint8Array => {
      let changed = flipped.get(image)
      if (changed === undefined) {
        changed = new Uint8Array(Math.max(image?.length ?? 0, at + 1))
        if (image !== undefined) changed.set(image)
        changed[at]! ^= 1 << (bit % 8)
        flipped.set(image, changed)
      }
      return changed
    }
    this.#put(index, flip(this.#seen.get(index)))
    if (byte < this.#durableLength) this.#durable.set(index, flip(this.#durable.get(index)))
    for (const { images } of this.#unsynced) if (images.has(index)) images.set(index, flip(images.get(index)))
  }

  /** @returns the file as it is found after a crash, all of it durable. */
  afterCrash(path: string, ask: Ask): SimulatedFile {
    const { length, through } = this.#lengthAfterCrash(path, ask)
    const sectors = new Map(this.#durable)
    for (const [i, change] of this.#unsynced.entries()) {
      if (change.cuts && i <= through) cut(sectors, change.length)
      // What is cut away again, or lies beyond the end, is seen by nobody.
      const cuts = this.#unsynced.slice(i, through + 1).filter((later) => later.cuts)
      const end = Math.min(length, ...cuts.map((later) => later.length))
      for (const index of arrived(path, change, end, ask)) sectors.set(index, change.images.get(index)!)
    }
    cut(sectors, length)
    const found = new SimulatedFile()
    found.#durable = sectors
    found.#durableLength = length
    found.#seen = new Map(sectors)
    found.#length = length
    found.#used = bytesIn(sectors)
    return found
  }

  /** @returns a length, and the index of the last change that it tells of: changes of the length are durable in their order. */
  #lengthAfterCrash(path: string, ask: Ask): { length: number; through: number } {
    const found = [{ length: this.#durableLength, through: -1 }]
    for (const [through, { position, lengthBefore, length, images }] of this.#unsynced.entries()) {
      if (images.size > 0)
        for (let at = nextSector(Math.max(position, lengthBefore)); at < length; at = nextSector(at))
          found.push({ length: at, through })
      if (length !== lengthBefore) found.push({ length, through })
    }
    if (found.length === 1) return found[0]!
    const answers = found.map(({ length }, i) => `${length} (${i})`)
    return found[answers.indexOf(ask({ about: 'length', path, answers }))]!
  }
}

function nextSector(at: number): number {
  return (Math.floor(at / SECTOR_BYTES) + 1) * SECTOR_BYTES
}

/** @returns the sectors of a write before `end` that got to the disk. */
function arrived(path: string, change: Change, end: number, ask: Ask): readonly number[] {
  const visible = [...change.images.keys()].filter((index) => index * SECTOR_BYTES < end)
  if (visible.length === 0) return []
  const { position, bytes } = change
  const answers = visible.length === 1 ? ['lost', 'kept'] : ['lost', 'torn', 'kept']
  const answer = ask({ about: 'write', path, position, bytes, answers })
  if (answer === 'torn')
    return visible.filter((index) => {
      const sector = { position: index * SECTOR_BYTES, bytes: SECTOR_BYTES }
      return ask({ about: 'sector', path, ...sector, answers: ['lost', 'kept'] }) === 'kept'
    })
  return answer === 'kept' ? visible : []
}
