/** The bare limit, as peers are measured: the processes, sockets and flushes of `rafted-3p`, and no Raft. */
import { openLimit } from '../limits.ts'
import { PAYLOAD_BYTES, type Peer } from './peer.ts'

export const bare: Peer = {
  name: 'bare-3p',
  what: 'three processes that only pass on, write and answer; no terms, no elections, no value',
  settings: 'the bytes of Rafted’s batches',
  find: async () => ({ versions: 'of this repository' }),
  open: () => openLimit(PAYLOAD_BYTES),
}
