/** Faults of the transport over TCP: batches that somebody on the way has changed. */
import { type Mutant, plantedIn } from './mutant.ts'

const { mutant } = plantedIn('packages/transport-tcp/src')

export const tcp: readonly Mutant[] = [
  mutant(
    'tcp-frames-are-not-counted',
    'seals.ts',
    '    this.#next += 1\n',
    '',
    'Somebody on the way sends the frame with a vote or a command once more, or in another order, and it is taken.',
    'test transport-tcp test/hostile.test.ts no frame arrives twice',
  ),
  mutant(
    'tcp-one-key-for-both-directions',
    'seals.ts',
    "outbound: of(self), inbound: of(self === 'dialler' ? 'listener' : 'dialler')",
    "outbound: of('dialler'), inbound: of('dialler')",
    'What a host has said is sent back to it, and it takes it for what the other one says.',
    'test transport-tcp test/hostile.test.ts no frame arrives twice',
  ),
  mutant(
    'tcp-seals-leave-out-the-batch',
    'seals.ts',
    '.update(header).update(batch).digest()',
    '.update(header).digest()',
    'Somebody on the way changes the entries of an append, and the follower writes them.',
    'test transport-tcp test/hostile.test.ts no frame arrives twice',
  ),
  mutant(
    'tcp-signs-of-life-are-not-looked-at',
    'frames.ts',
    'if (seals !== null && !seals.isNext(',
    'if (seals !== null && this.#header.readUInt32LE() !== ALIVE && !seals.isNext(',
    'A host is cut off, and somebody on the way keeps its connections alive: nobody dials it anew.',
    'test transport-tcp test/hostile.test.ts no frame arrives twice',
  ),
  mutant(
    'tcp-the-other-secret-is-refused',
    'handshake.ts',
    'const known: readonly (Uint8Array | null)[] = secrets.length === 0 ? [null] : secrets\n',
    'const known: readonly (Uint8Array | null)[] = secrets.length === 0 ? [null] : secrets.slice(0, 1)\n',
    'A secret is changed host by host, and those that have the new one already can be dialled by nobody else.',
    'test transport-tcp test/handshake.test.ts whoever has either secret',
  ),
]
