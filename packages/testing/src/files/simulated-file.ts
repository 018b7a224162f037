/** The content of one file: what processes see of it, what is durable, and what has happened in between. */
import type { Ask } from './crash-choices.ts'
import { FileBytes, SECTOR_BYTES } from './file-bytes.ts'

/** As a kernel does, the oldest are written back unasked, so that what never syncs doesn't grow for ever. */
const MAX_UNSYNCED = 1024

const NOTHING = new Uint8Array(0)

interface Change {
  readonly order: number
  readonly position: number
  /** Of a write: what was written. The sectors that it touched are made up only when a crash asks for them. */
  readonly bytes: Uint8Array
  readonly lengthBefore: number
  readonly length: number
  /** A cut to `length`: what lies beyond is zeros when it grows again. */
  readonly cuts: boolean
}

export class SimulatedFile {
  #seen = new FileBytes()
  #length = 0
  /** What was seen before the changes that are not durable yet. */
  #base = new FileBytes()
  /** What is durable, where that isn't the same: after a sync that failed. */
  #damaged: FileBytes | null = null
  #durableLength = 0
  #unsynced: Change[] = []
  #order = 0
  /** Entries that name it, and handles that have it open: with neither, its bytes are free again. */
  names = 0
  handles = 0

  get length(): number {
    return this.#length
  }

  get durableLength(): number {
    return this.#durableLength
  }

  /** The durable bytes at `position`. */
  durable(position: number, length: number): Uint8Array {
    return (this.#damaged ?? this.#base).read(position, length)
  }

  /** Whether a sync would have something to do. */
  get isDirty(): boolean {
    return this.#unsynced.length > 0
  }

  /** Of each write that a crash can undo, in how many sectors it is. */
  get unsynced(): readonly number[] {
    return this.#unsynced.map((change) => sectorsOf(change).length)
  }

  /** Bytes that it takes of the disk: holes take none. */
  get used(): number {
    return this.#seen.used
  }

  read(position: number, length: number): Uint8Array {
    return this.#seen.read(position, Math.max(0, Math.min(length, this.#length - position)))
  }

  /** @returns how many of `length` bytes at `position` can be written if only `room` more may be taken. */
  fitting(position: number, length: number, room: number): number {
    if (room === Number.POSITIVE_INFINITY) return length
    let left = room
    let at = position
    while (at < position + length) {
      const index = Math.floor(at / SECTOR_BYTES)
      const to = Math.min(position + length, (index + 1) * SECTOR_BYTES)
      const filled = index * SECTOR_BYTES + this.#seen.filled(index)
      if (to - filled > left) return Math.max(at, filled + left) - position
      left -= Math.max(0, to - filled)
      at = to
    }
    return length
  }

  /** @param bytes stay as they are from here on. */
  write(position: number, bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.#seen.write(position, bytes)
    this.#note(position, bytes, Math.max(this.#length, position + bytes.length), false)
  }

  truncate(length: number): void {
    const cuts = length < this.#length
    if (cuts) this.#seen.cut(length)
    if (length !== this.#length) this.#note(length, NOTHING, length, cuts)
  }

  #note(position: number, bytes: Uint8Array, length: number, cuts: boolean): void {
    const order = ++this.#order
    this.#unsynced.push({ order, position, bytes, lengthBefore: this.#length, length, cuts })
    this.#length = length
    if (this.#unsynced.length > MAX_UNSYNCED) this.#writeBack(this.#unsynced.shift()!)
  }

  #writeBack(change: Change): void {
    carryOut(change, this.#base)
    this.#durableLength = change.length
    if (this.#damaged === null) return
    if (change.cuts) this.#damaged.cut(change.length)
    for (const sector of sectorsOf(change)) this.#damaged.take(sector, this.#base)
  }

  /** @returns what a sync that begins now has to make durable. */
  mark(): number {
    return this.#order
  }

  /** All changes up to `mark` are durable. */
  synced(mark: number): void {
    for (const change of this.#settled(mark)) this.#writeBack(change)
  }

  /**
   * A sync has failed: what it should have written counts as clean, so no later one writes it. It is still seen, until a crash, and gets to
   * the disk only in a sector that is written anew.
   * @param arrives whether one thing got to the disk before it failed.
   */
  dropped(mark: number, arrives: () => boolean): void {
    const changes = this.#settled(mark)
    if (changes.length === 0) return
    this.#damaged ??= this.#base.copy()
    // Changes of the length are durable in their order.
    let isInOrder = true
    for (const change of changes) {
      carryOut(change, this.#base)
      for (const sector of sectorsOf(change)) if (arrives()) this.#damaged.take(sector, this.#base)
      isInOrder &&= change.length === change.lengthBefore || arrives()
      if (!isInOrder) continue
      if (change.cuts) this.#damaged.cut(change.length)
      this.#durableLength = change.length
    }
  }

  /** Takes the changes up to `mark` from those that are not durable. */
  #settled(mark: number): readonly Change[] {
    const changes = this.#unsynced
    const at = changes.findIndex(({ order }) => order > mark)
    if (at === 0) return []
    this.#unsynced = at === -1 ? [] : changes.slice(at)
    return at === -1 ? changes : changes.slice(0, at)
  }

  /** One bit of the medium turns. */
  flip(bit: number): void {
    const position = Math.floor(bit / 8)
    const mask = 1 << (bit % 8)
    this.#seen.flip(position, mask)
    const isDurable = position < this.#durableLength
    if (isDurable) this.#damaged?.flip(position, mask)
    if (isDurable || this.#damaged !== null) this.#base.flip(position, mask)
    for (const change of this.#unsynced) {
      const at = position - change.position
      if (at >= 0 && at < change.bytes.length) change.bytes[at]! ^= mask
    }
  }

  /** Other bytes stand on the medium, and are read where nothing newer waits to be written. */
  rot(position: number, bytes: Uint8Array): void {
    const durable = this.#damaged ?? this.#base
    durable.write(position, bytes)
    this.#base.write(position, bytes)
    this.#seen.write(position, bytes)
    for (const change of this.#unsynced) carryOut(change, this.#seen)
  }

  /** @returns the file as it is found after a crash, all of it durable. */
  afterCrash(path: string, ask: Ask): SimulatedFile {
    const { length, through } = this.#lengthAfterCrash(path, ask)
    const found = (this.#damaged ?? this.#base).copy()
    // What was seen after the changes so far, made up once something of it arrives.
    const seen = this.#base.copy()
    let carriedOut = 0
    for (const [i, change] of this.#unsynced.entries()) {
      if (change.cuts && i <= through) found.cut(change.length)
      // What is cut away again, or lies beyond the end, is seen by nobody.
      const cuts = this.#unsynced.slice(i, through + 1).filter((later) => later.cuts)
      const end = Math.min(length, ...cuts.map((later) => later.length))
      const sectors = arrived(path, change, end, ask)
      if (sectors.length === 0) continue
      while (carriedOut <= i) carryOut(this.#unsynced[carriedOut++]!, seen)
      for (const sector of sectors) found.take(sector, seen)
    }
    found.cut(length)
    const file = new SimulatedFile()
    file.#base = found
    file.#durableLength = length
    file.#seen = found.copy()
    file.#length = length
    return file
  }

  /** @returns a length, and the index of the last change that it tells of: changes of the length are durable in their order. */
  #lengthAfterCrash(path: string, ask: Ask): { length: number; through: number } {
    const found = [{ length: this.#durableLength, through: -1 }]
    for (const [through, { position, lengthBefore, length, bytes }] of this.#unsynced.entries()) {
      if (bytes.length > 0)
        for (let at = nextSector(Math.max(position, lengthBefore)); at < length; at = nextSector(at))
          found.push({ length: at, through })
      if (length !== lengthBefore) found.push({ length, through })
    }
    if (found.length === 1) return found[0]!
    const answers = found.map(({ length }, i) => `${length} (${i})`)
    return found[answers.indexOf(ask({ about: 'length', path, answers }))]!
  }
}

function carryOut({ cuts, length, position, bytes }: Change, content: FileBytes): void {
  if (cuts) content.cut(length)
  else content.write(position, bytes)
}

function sectorsOf({ position, bytes }: Change): readonly number[] {
  if (bytes.length === 0) return []
  const first = Math.floor(position / SECTOR_BYTES)
  const last = Math.floor((position + bytes.length - 1) / SECTOR_BYTES)
  return Array.from({ length: last - first + 1 }, (_, i) => first + i)
}

function nextSector(at: number): number {
  return (Math.floor(at / SECTOR_BYTES) + 1) * SECTOR_BYTES
}

/** @returns the sectors of a write before `end` that got to the disk. */
function arrived(path: string, change: Change, end: number, ask: Ask): readonly number[] {
  const visible = sectorsOf(change).filter((index) => index * SECTOR_BYTES < end)
  if (visible.length === 0) return []
  const { position, bytes } = change
  const answers = visible.length === 1 ? ['lost', 'kept'] : ['lost', 'torn', 'kept']
  const answer = ask({ about: 'write', path, position, bytes: bytes.length, answers })
  if (answer === 'torn')
    return visible.filter((index) => {
      const sector = { position: index * SECTOR_BYTES, bytes: SECTOR_BYTES }
      return ask({ about: 'sector', path, ...sector, answers: ['lost', 'kept'] }) === 'kept'
    })
  return answer === 'kept' ? visible : []
}
