/** What a file system says of names: directories, renames, removals. */
import assert from 'node:assert/strict'
import type { Claims } from './case.ts'
import {
  checkContent,
  checkNames,
  created,
  type FileSystemPlace,
  fails,
  keep,
  sample,
} from './file-system-place.ts'

export const naming: Claims<FileSystemPlace> = {
  'list: the names of files and directories in it, and of nothing below': async (place) => {
    const { directory } = place
    const files = await place.open()
    await checkNames(files, directory, [])
    await files.makeDirectory(`${directory}/inner`)
    await keep(files, `${directory}/inner/deep`)
    await keep(files, `${directory}/file`)
    await checkNames(files, directory, ['inner', 'file'])
    await checkNames(files, `${directory}/inner`, ['deep'])
    await fails(files.list(`${directory}/none`), 'ENOENT', 'list')
  },

  'names: spaces, dots and letters of any script are names like others': async (place) => {
    const files = await place.open()
    const names = ['with space', '.dot', 'a..b', 'ä', '中', '%2F', '-', '__proto__', 'x'.repeat(200)]
    for (const [i, name] of names.entries()) await keep(files, `${place.directory}/${name}`, sample(i))
    await checkNames(files, place.directory, names)
    for (const [i, name] of names.entries())
      await checkContent(files, `${place.directory}/${name}`, sample(i))
  },

  'makeDirectory: with those above it': async (place) => {
    const files = await place.open()
    await files.makeDirectory(`${place.directory}/a/b/c`)
    await keep(files, `${place.directory}/a/b/c/file`)
    await checkNames(files, place.directory, ['a'])
    await checkNames(files, `${place.directory}/a/b`, ['c'])
  },

  'makeDirectory: no error if it exists, and what is in it stays': async (place) => {
    const files = await place.open()
    await files.makeDirectory(`${place.directory}/a`)
    await keep(files, `${place.directory}/a/file`)
    await files.makeDirectory(`${place.directory}/a`)
    await checkContent(files, `${place.directory}/a/file`, sample(100))
  },

  'makeDirectory: an error where a file stands': async (place) => {
    const files = await place.open()
    await keep(files, `${place.directory}/file`)
    await fails(files.makeDirectory(`${place.directory}/file`), null, 'makeDirectory')
    await checkContent(files, `${place.directory}/file`, sample(100))
  },

  'rename: the file has the new name only': async (place) => {
    const { directory } = place
    const files = await place.open()
    await files.makeDirectory(`${directory}/inner`)
    await keep(files, `${directory}/old`)
    await files.rename(`${directory}/old`, `${directory}/new`)
    await checkNames(files, directory, ['new', 'inner'])
    await checkContent(files, `${directory}/new`, sample(100))
    await files.rename(`${directory}/new`, `${directory}/inner/moved`)
    await checkNames(files, directory, ['inner'])
    await checkContent(files, `${directory}/inner/moved`, sample(100))
  },

  'rename: replaces what has the new name': async (place) => {
    const { directory } = place
    const files = await place.open()
    await keep(files, `${directory}/old`, sample(1000, 1))
    await keep(files, `${directory}/new`, sample(2000, 2))
    await files.rename(`${directory}/old`, `${directory}/new`)
    await checkNames(files, directory, ['new'])
    await checkContent(files, `${directory}/new`, sample(1000, 1))
  },

  'rename: an error without the file, and nothing changes': async (place) => {
    const { directory } = place
    const files = await place.open()
    await keep(files, `${directory}/new`)
    await fails(files.rename(`${directory}/none`, `${directory}/new`), 'ENOENT', 'rename')
    await checkContent(files, `${directory}/new`, sample(100))
  },

  'rename: whoever has the file open goes on with it': async (place) => {
    const { directory } = place
    const files = await place.open()
    const file = await created(files, `${directory}/old`)
    await files.rename(`${directory}/old`, `${directory}/new`)
    await file.write([sample(10, 2)], 100)
    await checkContent(files, `${directory}/new`, Buffer.concat([sample(100), sample(10, 2)]))
  },

  'remove: the file is gone, and one of the same name is a new one': async (place) => {
    const { directory } = place
    const files = await place.open()
    await keep(files, `${directory}/file`)
    await keep(files, `${directory}/other`)
    await files.remove(`${directory}/file`)
    await checkNames(files, directory, ['other'])
    await keep(files, `${directory}/file`, sample(5, 2))
    await checkContent(files, `${directory}/file`, sample(5, 2))
  },

  'remove: no error without the file': async (place) => {
    const files = await place.open()
    await files.remove(`${place.directory}/none`)
    await checkNames(files, place.directory, [])
  },

  'exists: of files and directories': async (place) => {
    const { directory } = place
    const files = await place.open()
    assert.ok(await files.exists(directory))
    await keep(files, `${directory}/file`)
    assert.ok(await files.exists(`${directory}/file`))
    for (const path of ['none', 'none/below', 'file/below'])
      assert.ok(!(await files.exists(`${directory}/${path}`)), path)
    await files.remove(`${directory}/file`)
    assert.ok(!(await files.exists(`${directory}/file`)))
  },

  'syncDirectory: an error without the directory': async (place) => {
    const files = await place.open()
    await files.syncDirectory(place.directory)
    await fails(files.syncDirectory(`${place.directory}/none`), 'ENOENT', 'syncDirectory')
  },

  'free: bytes, or null': async (place) => {
    const files = await place.open()
    const free = await files.free(place.directory)
    assert.ok(free === null || (free >= 0 && Number.isFinite(free)), String(free))
  },
}
