/** What a file system says of a crash. */
import type { Claims } from './case.ts'
import {
  checkBytes,
  checkContent,
  checkNames,
  contentOf,
  crash,
  created,
  type FileSystemPlace,
  keep,
  sample,
} from './file-system-place.ts'

export const lasting: Claims<FileSystemPlace> = {
  'sync: what was written and truncated before it survives a crash': async (place) => {
    const path = `${place.directory}/file`
    let files = await place.open()
    const file = await created(files, path, sample(3000))
    await files.syncDirectory(place.directory)
    await file.sync()
    await file.write([sample(700, 2)], 400)
    await file.truncate(2000)
    await file.sync()
    files = await crash(place)
    const expected = sample(3000).slice(0, 2000)
    expected.set(sample(700, 2), 400)
    await checkContent(files, path, expected)
  },

  'open: through: what was written survives a crash, in a new file and in one that is there': async (
    place,
  ) => {
    const path = `${place.directory}/file`
    let files = await place.open()
    const file = await files.open(path, 'create', true)
    await files.syncDirectory(place.directory)
    await file.write([sample(3000)], 0)
    files = await crash(place)
    await checkContent(files, path, sample(3000))
    await (await files.open(path, 'write', true)).write([sample(100, 2), sample(900, 3)], 2500)
    files = await crash(place)
    const expected = new Uint8Array(3500)
    expected.set(sample(3000))
    expected.set(sample(100, 2), 2500)
    expected.set(sample(900, 3), 2600)
    await checkContent(files, path, expected)
  },

  'sync: what comes after it takes nothing of what was there': async (place) => {
    const path = `${place.directory}/file`
    let files = await place.open()
    const file = await created(files, path, sample(1024))
    await file.sync()
    await files.syncDirectory(place.directory)
    await file.write([sample(5000, 2)], 1024)
    files = await crash(place)
    checkBytes((await contentOf(files, path)).subarray(0, 1024), sample(1024), 'what was synced')
  },

  'sync: of one handle, for writes of another': async (place) => {
    const path = `${place.directory}/file`
    let files = await place.open()
    const writer = await created(files, path)
    await writer.close()
    const other = await files.open(path, 'write')
    await other.sync()
    await files.syncDirectory(place.directory)
    files = await crash(place)
    await checkContent(files, path, sample(100))
  },

  'syncDirectory: files and directories created in it survive a crash': async (place) => {
    const { directory } = place
    let files = await place.open()
    await files.makeDirectory(`${directory}/inner`)
    await files.syncDirectory(directory)
    await keep(files, `${directory}/inner/file`)
    await files.syncDirectory(`${directory}/inner`)
    files = await crash(place)
    await checkContent(files, `${directory}/inner/file`, sample(100))
  },

  'syncDirectory: renames and removals in it survive a crash': async (place) => {
    const { directory } = place
    let files = await place.open()
    for (const [i, name] of ['a', 'b', 'c'].entries())
      await keep(files, `${directory}/${name}`, sample(10, i))
    await files.syncDirectory(directory)
    await files.rename(`${directory}/a`, `${directory}/b`)
    await files.remove(`${directory}/c`)
    await files.syncDirectory(directory)
    files = await crash(place)
    await checkNames(files, directory, ['b'])
    await checkContent(files, `${directory}/b`, sample(10, 0))
  },

  'rename: after a crash the new name stands for the old file or the new one, whole': async (place) => {
    const { directory } = place
    let files = await place.open()
    await keep(files, `${directory}/a`, sample(1500, 1))
    await keep(files, `${directory}/b`, sample(1000, 2))
    await files.syncDirectory(directory)
    await files.rename(`${directory}/a`, `${directory}/b`)
    files = await crash(place)
    const found = await contentOf(files, `${directory}/b`)
    checkBytes(found, found.length === 1500 ? sample(1500, 1) : sample(1000, 2), 'the file')
  },
}
