/** What a file system says of the content of files. */
import assert from 'node:assert/strict'
import type { Claims } from './case.ts'
import {
  checkBytes,
  checkContent,
  created,
  type FileSystemPlace,
  fails,
  keep,
  sample,
} from './file-system-place.ts'

export const opening: Claims<FileSystemPlace> = {
  'open: create makes an empty file, to write and read': async (place) => {
    const files = await place.open()
    const path = `${place.directory}/file`
    const file = await files.open(path, 'create')
    assert.equal(await file.size(), 0)
    await file.write([sample(10)], 0)
    checkBytes(await file.read(0, 10), sample(10), 'what is read back')
  },

  'open: create is an error if the file exists, and leaves it as it is': async (place) => {
    const files = await place.open()
    const path = `${place.directory}/file`
    await keep(files, path)
    await fails(files.open(path, 'create'), 'EEXIST', 'create')
    await checkContent(files, path, sample(100))
  },

  'open: write gives an existing file as it is, to write and read': async (place) => {
    const files = await place.open()
    const path = `${place.directory}/file`
    await keep(files, path)
    const file = await files.open(path, 'write')
    checkBytes(await file.read(0, 100), sample(100), 'the file')
    await file.write([sample(5, 2)], 100)
    checkBytes(await file.read(100, 5), sample(5, 2), 'what was added')
  },

  'open: write and read are errors without the file, create without its directory': async (place) => {
    const files = await place.open()
    await fails(files.open(`${place.directory}/none`, 'write'), 'ENOENT', 'write')
    await fails(files.open(`${place.directory}/none`, 'read'), 'ENOENT', 'read')
    await fails(files.open(`${place.directory}/none/file`, 'create'), 'ENOENT', 'create')
    assert.ok(!(await files.exists(`${place.directory}/none`)))
  },

  'open: what was opened to read can not be written': async (place) => {
    const files = await place.open()
    const path = `${place.directory}/file`
    await keep(files, path)
    const file = await files.open(path, 'read')
    await fails(file.write([sample(1, 2)], 0), null, 'write')
    await fails(file.truncate(0), null, 'truncate')
    await checkContent(files, path, sample(100))
  },

  'close: every call on the file rejects afterwards': async (place) => {
    const files = await place.open()
    const file = await created(files, `${place.directory}/file`)
    await file.close()
    const calls: [string, () => Promise<unknown>][] = [
      ['write', () => file.write([sample(1)], 0)],
      ['read', () => file.read(0, 1)],
      ['sync', () => file.sync()],
      ['truncate', () => file.truncate(0)],
      ['size', () => file.size()],
    ]
    for (const [name, call] of calls) await fails(call(), null, name)
  },

  'close: waits for the writes under way': async (place) => {
    const files = await place.open()
    const path = `${place.directory}/file`
    const file = await files.open(path, 'create')
    let left = 10
    const writes = Promise.all(
      Array.from({ length: left }, (_, i) =>
        file.write([sample(100_000, i)], i * 100_000).then(() => left--),
      ),
    )
    await file.close()
    assert.equal(left, 0, `${left} writes are still under way`)
    await writes
  },
}

export const writing: Claims<FileSystemPlace> = {
  'write: all parts, in order, at the position': async (place) => {
    const files = await place.open()
    const file = await created(files, `${place.directory}/file`, sample(2000))
    await file.write([sample(3, 2), new Uint8Array(0), sample(700, 3), sample(1, 4)], 510)
    const expected = sample(2000)
    expected.set(sample(3, 2), 510)
    expected.set(sample(700, 3), 513)
    expected.set(sample(1, 4), 1213)
    await checkContent(files, `${place.directory}/file`, expected)
  },

  'write: any number of parts, and many bytes': async (place) => {
    const files = await place.open()
    const file = await files.open(`${place.directory}/file`, 'create')
    const parts = Array.from({ length: 3000 }, (_, i) => sample(i % 50, i))
    await file.write(parts, 0)
    const bytes = Buffer.concat(parts)
    await file.write([sample(3 * 1024 * 1024)], bytes.length)
    await checkContent(files, `${place.directory}/file`, Buffer.concat([bytes, sample(3 * 1024 * 1024)]))
  },

  'write: beyond the end leaves zeros between': async (place) => {
    const files = await place.open()
    const file = await created(files, `${place.directory}/file`)
    await file.write([sample(10, 2)], 5000)
    const expected = new Uint8Array(5010)
    expected.set(sample(100), 0)
    expected.set(sample(10, 2), 5000)
    await checkContent(files, `${place.directory}/file`, expected)
  },

  'write: nothing at all changes nothing': async (place) => {
    const files = await place.open()
    const file = await created(files, `${place.directory}/file`)
    await file.write([], 0)
    await file.write([new Uint8Array(0)], 500)
    await checkContent(files, `${place.directory}/file`, sample(100))
  },

  'write: the bytes may be used for something else afterwards': async (place) => {
    const files = await place.open()
    const bytes = sample(100)
    const file = await created(files, `${place.directory}/file`, bytes)
    bytes.fill(0)
    checkBytes(await file.read(0, 100), sample(100), 'the file')
  },

  'write: several at once, each at its place': async (place) => {
    const files = await place.open()
    const file = await files.open(`${place.directory}/file`, 'create')
    const parts = [300, 5, 70_000, 1, 600].map((length, i) => sample(length, i))
    let at = 0
    const writes = parts.map((part) => {
      at += part.length
      return file.write([part], at - part.length)
    })
    await Promise.all(writes)
    await checkContent(files, `${place.directory}/file`, Buffer.concat(parts))
  },

  'write: seen by whoever has the file open': async (place) => {
    const files = await place.open()
    const path = `${place.directory}/file`
    const writer = await files.open(path, 'create')
    const reader = await files.open(path, 'read')
    await writer.write([sample(50)], 0)
    assert.equal(await reader.size(), 50)
    checkBytes(await reader.read(0, 50), sample(50), 'the file')
  },
}

export const reading: Claims<FileSystemPlace> = {
  'read: fewer bytes only at the end of the file': async (place) => {
    const files = await place.open()
    const file = await created(files, `${place.directory}/file`, sample(200_000))
    checkBytes(await file.read(0, 200_000), sample(200_000), 'all of it')
    checkBytes(await file.read(70_001, 100_000), sample(200_000).subarray(70_001, 170_001), 'the middle')
    checkBytes(await file.read(199_990, 100), sample(200_000).subarray(199_990), 'the end')
    assert.equal((await file.read(200_000, 5)).length, 0)
    assert.equal((await file.read(900_000, 5)).length, 0)
    assert.equal((await file.read(5, 0)).length, 0)
  },

  'read: the bytes are the caller’s own': async (place) => {
    const files = await place.open()
    const file = await created(files, `${place.directory}/file`)
    ;(await file.read(0, 100)).fill(0)
    checkBytes(await file.read(0, 100), sample(100), 'the file')
  },

  'size: the bytes to the last one written, or as truncated': async (place) => {
    const files = await place.open()
    const file = await created(files, `${place.directory}/file`)
    assert.equal(await file.size(), 100)
    await file.write([sample(5)], 20)
    assert.equal(await file.size(), 100)
    await file.write([sample(5)], 98)
    assert.equal(await file.size(), 103)
    await file.truncate(7)
    assert.equal(await file.size(), 7)
  },

  'truncate: cuts the file': async (place) => {
    const files = await place.open()
    const file = await created(files, `${place.directory}/file`, sample(2000))
    await file.truncate(700)
    await checkContent(files, `${place.directory}/file`, sample(2000).subarray(0, 700))
    await file.truncate(0)
    await checkContent(files, `${place.directory}/file`, new Uint8Array(0))
  },

  'truncate: makes the file longer with zeros, even where it was cut before': async (place) => {
    const files = await place.open()
    const file = await created(files, `${place.directory}/file`, sample(2000))
    await file.truncate(700)
    await file.truncate(3000)
    const expected = new Uint8Array(3000)
    expected.set(sample(2000).subarray(0, 700))
    await checkContent(files, `${place.directory}/file`, expected)
  },
}
