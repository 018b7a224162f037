import { expect, test } from 'vitest'
import { claimName, listClaims, listSockets, socketName } from '../../src/files/lock-claim.ts'
import { MemoryFileSystem } from '../memory-file-system.ts'

test('only claims are claims, and only sockets sockets, whatever else is in the directory', async () => {
  const files = new MemoryFileSystem()
  const sockets = [socketName('00112233445566778899aabbccddeeff')]
  const others = [
    'rafted-directory',
    'log.begun',
    'lock-1',
    'lock-0000000000000003.tmp',
    'xlock-0000000000000004',
  ]
  for (const name of [claimName(12), ...others, claimName(2), ...sockets])
    await files.open(`/d/${name}`, 'create')
  expect(await listClaims(files, '/d')).toEqual([2, 12])
  expect(await listSockets(files, '/d')).toEqual(sockets)
})
