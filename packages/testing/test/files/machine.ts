import type { FileHandle, FileSystem } from '@rafted/contracts'
import {
  type CrashChoices,
  type CrashQuestion,
  SimulatedFileSystem,
  type SimulatedFileSystemOptions,
  type SimulatedProcess,
} from '../../src/index.ts'

/** A machine with a durable directory `/d`, and a process on it. */
export function machine(options: Partial<SimulatedFileSystemOptions> = {}): {
  disk: SimulatedFileSystem
  process: SimulatedProcess
  files: FileSystem
} {
  const disk = new SimulatedFileSystem({ seed: 1, directories: ['/d'], ...options })
  const process = disk.mount()
  return { disk, process, files: process.files }
}

/** `/d/file`, durable with all that it holds. */
export async function durableFile(files: FileSystem, bytes: Uint8Array): Promise<FileHandle> {
  const file = await files.open('/d/file', 'create')
  await file.write([bytes], 0)
  await file.sync()
  await files.syncDirectory('/d')
  return file
}

/** `length` bytes that all have this value. */
export function filled(length: number, value: number): Uint8Array {
  return new Uint8Array(length).fill(value)
}

/** What a file holds as runs of equal bytes: `512×1 3×0`. Null: there is none. */
export async function contentOf(files: FileSystem, path = '/d/file'): Promise<string | null> {
  if (!(await files.exists(path))) return null
  const file = await files.open(path, 'read')
  const bytes = await file.read(0, await file.size())
  const runs: string[] = []
  for (let at = 0; at < bytes.length; ) {
    let end = at
    while (end < bytes.length && bytes[end] === bytes[at]) end++
    runs.push(`${end - at}×${bytes[at]}`)
    at = end
  }
  return runs.join(' ')
}

/** What is found after a crash with these choices, while the disk goes on. */
export function after(disk: SimulatedFileSystem, choices: CrashChoices): FileSystem {
  return disk.image(choices).mount().files
}

/** Every crash that there is at this moment: counts through the answers like an odometer. */
export function everyCrash(disk: SimulatedFileSystem): FileSystem[] {
  const images: FileSystem[] = []
  let digits: { answer: number; of: number }[] = []
  for (;;) {
    let at = 0
    const choose = ({ answers }: CrashQuestion): number => {
      digits[at] ??= { answer: 0, of: answers.length }
      return digits[at++]!.answer
    }
    images.push(after(disk, { choose }))
    const last = digits.findLastIndex(({ answer, of }) => answer + 1 < of)
    if (last < 0) return images
    digits = digits.slice(0, last + 1)
    digits[last]!.answer++
  }
}

/** What stands at the end of every crash, each once, sorted. */
export async function found(
  disk: SimulatedFileSystem,
  look: (files: FileSystem) => Promise<string | null>,
): Promise<(string | null)[]> {
  return [...new Set(await Promise.all(everyCrash(disk).map((files) => look(files))))].sort()
}
