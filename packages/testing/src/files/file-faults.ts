/** Faults that are asked for, and how often each has hit. */
import type { FileErrorCode, FileOperation, FileOperationName } from './file-operation.ts'

/** Which operations `failNext` means, and how they fail. */
export interface FileFault {
  readonly name: FileOperationName
  /** Any path if absent. */
  readonly path?: string
  /** `EIO` if absent. */
  readonly code?: FileErrorCode
}

/** How often faults have hit. One that had nothing to hit doesn't count. */
export interface FileFaultCounts {
  /** Operations that failed because `failNext` or `failing` said so. */
  readonly failed: number
  /** Writes that found no room for all of it. */
  readonly full: number
  /** Syncs that lied while there was something to be made durable. */
  readonly lied: number
  /** Operations that were stalled. */
  readonly stalled: number
  /** Bits that were turned, and sectors that were spoiled. */
  readonly rotted: number
}

export class FileFaults {
  readonly counts = { failed: 0, full: 0, lied: 0, stalled: 0, rotted: 0 }
  readonly #next: FileFault[] = []

  add(fault: FileFault): void {
    this.#next.push(fault)
  }

  /** @returns the error of the first fault that means this operation, which is used up; else null. */
  take({ name, path }: FileOperation): FileErrorCode | null {
    if (this.#next.length === 0) return null
    const at = this.#next.findIndex(
      (fault) => fault.name === name && (fault.path === undefined || fault.path === path),
    )
    return at < 0 ? null : (this.#next.splice(at, 1)[0]!.code ?? 'EIO')
  }
}
