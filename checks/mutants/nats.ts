/** Faults of the transport over NATS. */
import { type Mutant, plantedIn } from './mutant.ts'

const { mutant } = plantedIn('packages/transport-nats/src')

export const nats: readonly Mutant[] = [
  mutant(
    'nats-connections-keep-closed-transports',
    'connection-watch.ts',
    'return () => void told.delete(events)',
    'return () => {}',
    'Clients come and go on one connection: each stays in memory for as long as the connection does.',
    'test transport-nats test/presence.test.ts a connection outlives many transports',
  ),
  mutant(
    'nats-parts-allocate-what-they-say',
    'assemblies.ts',
    'new Uint8Array(Math.min(total, FIRST_BYTES))',
    'new Uint8Array(total)',
    'A host sends one byte of each of many batches of 16 MiB, it says: whoever hears it allocates all of them.',
    'test transport-nats test/parts.test.ts a part that says it is of a large batch',
  ),
  mutant(
    'nats-parts-of-two-lives-meet',
    'assemblies.ts',
    '(partial.sender !== sender ||',
    '(',
    'A host is started again in the middle of a batch and sends another of the same number: the receiver reads one that is half of each.',
    'test transport-nats test/parts.test.ts a part of a later life does not continue',
  ),
  mutant(
    'nats-lost-parts-are-zeros',
    'assemblies.ts',
    '    if (offset !== partial.filled) {\n      this.#giveUp(lane, partial)\n      return null\n    }\n    makeRoom(partial, offset + bytes.byteLength)\n    partial.bytes.set(bytes, offset)\n    partial.filled += bytes.byteLength\n',
    '    makeRoom(partial, offset + bytes.byteLength)\n    partial.bytes.set(bytes, offset)\n    partial.filled = offset + bytes.byteLength\n',
    'A part is lost, and the batch is delivered with a gap.',
    'test transport-nats test/parts.test.ts a lost part loses its batch and no other',
  ),
  mutant(
    'nats-published-without-a-connection',
    'outlet.ts',
    'return !this.isShut && this.#o.nats.info !== undefined && !this.#o.nats.isClosed()',
    'return !this.isShut',
    'The library has lost its connection and has not told yet: it keeps a vote, and sends it terms later.',
    'test transport-nats test/leaving.test.ts nothing is given to the library',
  ),
  mutant(
    'nats-not-applied-though-it-may-have-arrived',
    'outlet.ts',
    'const nothingArrived = absent === messages && !link.mayHaveArrived && !this.#round.carriesFor(link)',
    'const nothingArrived = absent === messages && !link.mayHaveArrived',
    'A host was absent for one batch and is there for the next: its caller is told that nothing happened, and the command is applied.',
    'test transport-nats test/leaving.test.ts unknown where something has left since',
  ),
  mutant(
    'nats-names-have-two-spellings',
    'token.ts',
    'return isName(name) && tokenOf(name) === text ? name : null',
    'return isName(name) ? name : null',
    'Somebody with the rights of a token that nobody uses publishes as the host whose name it spells.',
    'test transport-nats test/token.test.ts what is no token of a name',
  ),
  mutant(
    'nats-a-new-life-looks-like-the-old-one',
    'nats-transport.ts',
    '    this.#instance = this.#drawInstance()\n    this.#outlet.open(',
    '    this.#outlet.open(',
    'A request is lost with the connection of its receiver, which is back at once: its caller waits for an answer that nobody will give.',
    'test transport-nats test/presence.test.ts one whose connection was lost and is back',
  ),
  mutant(
    'nats-bulk-leaves-at-once',
    'outlet.ts',
    'bulk: 512 * 1024 }',
    'bulk: 512 * 1024 * 1024 }',
    'A snapshot stands between a leader and its heartbeats: it is deposed each time it sends one.',
    'test transport-nats test/leaving.test.ts no more than a window of bulk',
  ),
  mutant(
    'nats-anybody-is-there',
    'permissions.ts',
    '        hereSubject(cluster, null, host),\n',
    '        hereSubject(cluster, null, null),\n',
    'A host answers in the name of others that are not there, and whoever looks for a group asks nobody.',
    'test transport-nats test/subjects.test.ts of a host: to publish as itself',
  ),
]
