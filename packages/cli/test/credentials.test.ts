/** Secrets and certificates, as commands are told of them; and the files that commands read and write. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { nodeFileSystem } from '@rafted/storage'
import { describe, expect, test } from 'vitest'
import { checkGuarded, clientNamed, readCredentials, tlsFilesOf } from '../src/connection/credentials.ts'
import { readFile, readText, writeWhole } from '../src/files.ts'
import { FreshCertificates } from '../src/host/fresh-certificates.ts'
import { emptyDirectory } from './on-files.ts'

const files = nodeFileSystem()

function withFiles(contents: Readonly<Record<string, string>>): string {
  const directory = emptyDirectory()
  for (const [name, content] of Object.entries(contents)) writeFileSync(join(directory, name), content)
  return directory
}

describe('the secret', () => {
  const secretOf = async (
    secretFile: string | null,
    { directory = '/', environment = {} }: { directory?: string; environment?: Record<string, string> } = {},
  ) => (await readCredentials({ directory, files, environment }, { secretFile, tls: null })).secret

  test('is in a file, two of them while it is changed, or in the environment; the file counts more', async () => {
    const directory = withFiles({ one: ' a secret of its own \n', two: 'the one in use\nthe next one\n\n' })
    expect(await secretOf('one', { directory })).toEqual(['a secret of its own'])
    expect(await secretOf('two', { directory })).toEqual(['the one in use', 'the next one'])
    const environment = { RAFTED_SECRET: 'of the environment' }
    expect(await secretOf(null, { environment })).toEqual(['of the environment'])
    expect(await secretOf('one', { directory, environment })).toEqual(['a secret of its own'])
    expect(await secretOf(null)).toBe(undefined)
    expect(await secretOf(null, { environment: { RAFTED_SECRET: '' } })).toBe(undefined)
  })

  test('is no file that is empty, has three lines, or is not there', async () => {
    const directory = withFiles({ none: '\n', three: 'a\nb\nc\n' })
    for (const name of ['none', 'three'])
      await expect(secretOf(name, { directory })).rejects.toThrow('in its first line')
    await expect(secretOf('nowhere', { directory })).rejects.toThrow(
      "The file of the secret nowhere can't be read: there is no such file.",
    )
  })
})

describe('certificates', () => {
  test('are three files, or none', async () => {
    expect(tlsFilesOf({ key: null, cert: null, ca: null })).toBe(null)
    expect(() => tlsFilesOf({ key: 'k', cert: null, ca: null })).toThrow(
      '--tls-cert and --tls-ca are missing',
    )
    const directory = withFiles({ k: 'key', c: 'cert', a: 'ca' })
    const tls = tlsFilesOf({ key: 'k', cert: 'c', ca: 'a' })
    const read = await readCredentials({ directory, files, environment: {} }, { secretFile: null, tls })
    expect(read).toEqual({ secret: undefined, tls: { key: 'key', cert: 'cert', ca: 'ca' } })
  })

  test('name the client that has them', () => {
    expect(clientNamed(CERTIFICATE, 'my shop')).toBe('till 3')
    expect(clientNamed(CERTIFICATE, 'shop')).toBe(null)
    expect(clientNamed('no certificate', 'shop')).toBe(null)
  })

  test('of a host are read again each minute; what can not be read changes nothing, and is logged', async () => {
    const directory = withFiles({ k: 'key', c: 'cert', a: 'ca' })
    const timers: { ms: number; run(): void }[] = []
    const clock = {
      after: (ms: number, run: () => void) => {
        timers.push({ ms, run })
        return () => void timers.splice(0)
      },
    }
    const warned: string[] = []
    const log = { warn: (message: string) => warned.push(message) }
    const terminal = { directory, files, clock } as never
    const names = { key: 'k', cert: 'c', ca: 'a' }
    const fresh = new FreshCertificates(terminal, names, { key: 'key', cert: 'cert', ca: 'ca' }, log as never)
    const minute = async () => {
      const [timer] = timers.splice(0)
      expect(timer!.ms).toBe(60_000)
      timer!.run()
      while (timers.length === 0) await new Promise(setImmediate)
    }
    writeFileSync(join(directory, 'c'), 'renewed')
    expect(fresh.current().cert).toBe('cert')
    await minute()
    expect(fresh.current()).toEqual({ key: 'key', cert: 'renewed', ca: 'ca' })
    writeFileSync(join(directory, 'c'), 'x'.repeat(2_000_000))
    await minute()
    expect([fresh.current().cert, warned]).toEqual(['renewed', ['certificates can not be read']])
    fresh.stop()
    expect(timers).toEqual([])
  })
})

test('what others can reach takes a secret or certificates', () => {
  const none = { secret: undefined, tls: undefined }
  for (const address of ['127.0.0.1:7000', '127.8.0.1:1', 'localhost:7000', '[::1]:7000'])
    checkGuarded(address, none)
  for (const address of ['a:7000', '0.0.0.0:7000', '127.0.0.1.example:1', '[::]:7000', '10.0.0.1:7000']) {
    expect(() => checkGuarded(address, none), address).toThrow('takes a secret or certificates')
    checkGuarded(address, { secret: ['x'], tls: undefined })
    checkGuarded(address, { secret: undefined, tls: { key: '', cert: '', ca: '' } })
  }
  for (const address of ['a', 'a:', ':7000', 'a:port'])
    expect(() => checkGuarded(address, none), address).toThrow('is no address')
})

describe('files', () => {
  test('are read in parts, and as text only while they are no longer than any such text', async () => {
    const directory = withFiles({ small: 'text', large: 'x'.repeat(2_500_000) })
    const parts: number[] = []
    for await (const part of readFile({ directory, files }, 'large', 'The file')) parts.push(part.byteLength)
    expect(parts).toEqual([1_048_576, 1_048_576, 402_848])
    expect(await readText({ directory, files }, 'small', 'The file')).toBe('text')
    await expect(readText({ directory, files }, 'large', 'The file')).rejects.toThrow('has more than')
    mkdirSync(join(directory, 'd'))
    await expect(readText({ directory, files }, 'd', 'The file')).rejects.toThrow("The file d can't be read")
  })

  test('have their name once they are whole, are for their owner alone, and are not there otherwise', async () => {
    const directory = withFiles({ 'out.part': 'left by one that was cut short', out: 'of before' })
    const path = join(directory, 'out')
    const seen: string[] = []
    async function* parts() {
      yield Buffer.from('whole ')
      seen.push(readFileSync(path, 'utf8'))
      yield Buffer.from('file')
    }
    expect(await writeWhole({ directory, files }, 'out', parts())).toBe(10)
    expect(seen).toEqual(['of before'])
    expect(readFileSync(path, 'utf8')).toBe('whole file')
    expect(statSync(path).mode & 0o777).toBe(0o600)
    async function* broken() {
      yield Buffer.from('half')
      throw new Error('no more comes')
    }
    await expect(writeWhole({ directory, files }, 'other', broken())).rejects.toThrow('no more comes')
    expect(readdirSync(directory)).toEqual(['out'])
    await expect(writeWhole({ directory, files }, 'nowhere/out', parts())).rejects.toMatchObject({
      code: 'storage-failed',
      message: "nowhere/out can't be written: there is no such directory.",
    })
    expect(existsSync(join(directory, 'nowhere'))).toBe(false)
  })
})

/** Of host `a` and client `till 3` of cluster `my shop`. */
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBvTCCAWOgAwIBAgIUKN4dHHbdn9KBmvPgWBthttQOyjIwCgYIKoZIzj0EAwIw
DjEMMAoGA1UEAwwDd2ViMB4XDTI2MTEyNzIwMDk1NVoXDTM2MTEyNDIwMDk1NVow
DjEMMAoGA1UEAwwDd2ViMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqv6ol5Qz
jdlSwll9Z0uaBVCvYh6i95Cfn9kkcFZsfXSXc4AGE+zc0fB48NiMLn7jXagqCRq4
r3vOvnCsMEJY0KOBnjCBmzAdBgNVHQ4EFgQUHnR1uiV8ZvmFGrqETDlf35CbOjcw
HwYDVR0jBBgwFoAUHnR1uiV8ZvmFGrqETDlf35CbOjcwDwYDVR0TAQH/BAUwAwEB
/zBIBgNVHREEQTA/hhlyYWZ0ZWQ6Ly9teSUyMHNob3AvaG9zdC9hhiJyYWZ0ZWQ6
Ly9teSUyMHNob3AvY2xpZW50L3RpbGwlMjAzMAoGCCqGSM49BAMCA0gAMEUCIQCE
fwub2f2x2Nu9obiXSKRTDtYQuXBB5adQ9qgXpsLQRwIgV5zdimFPoETqHIwrkEeW
m7rqIOkBGxZyAxxWhYQrI+g=
-----END CERTIFICATE-----
`
