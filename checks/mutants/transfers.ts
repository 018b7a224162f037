/** Faults of snapshots on their way: where a transfer that was broken off goes on, what is asked for again, what waits. */
import { type Mutant, plantedIn } from './mutant.ts'

const { mutant } = plantedIn('packages')

const RESUMING = 'test host test/snapshot-resuming.test.ts'

export const transfers: readonly Mutant[] = [
  mutant(
    'transfers-begin-anew',
    'host/src/snapshot-receiving.ts',
    '      !current.isOf(chunk.meta) ||\n',
    '      !current.isOf(chunk.meta) || (current.transfer !== 0 && current.transfer !== chunk.transfer) ||\n',
    'The link is down for a while every ten minutes, and a snapshot takes eleven: each transfer begins anew, and the member never catches up.',
    `${RESUMING} goes on where the receiver is`,
  ),
  mutant(
    'transfers-put-two-snapshots-together',
    'host/src/snapshot-incoming.ts',
    'meta.size === size && meta.checksum === checksum',
    'meta.size === size',
    'Two leaders have snapshots of the same entry whose bytes differ: half of each arrives, and all of it is thrown away at the end.',
    `${RESUMING} one that differs in anything`,
  ),
  mutant(
    'transfers-take-garbled-parts',
    'host/src/snapshot-incoming.ts',
    'if (crc32(bytes) !== checksum) {',
    'if (crc32(bytes) !== checksum && offset < 0) {',
    'One bit of a gigabyte flips on its way. That shows when all of it is there, and all of it is sent again.',
    'test host test/snapshot-transfer.test.ts it alone is asked for again',
  ),
  mutant(
    'transfers-wait-for-silence-after-each-loss',
    'host/src/snapshot-transfer.ts',
    '    if (again && received === this.#confirmed) this.#sendAgain()\n',
    '',
    'One part in a hundred is lost, and each time nothing moves for an election timeout: a gigabyte takes minutes longer.',
    `${RESUMING} a lost part is asked for again once`,
  ),
  mutant(
    'transfers-ask-again-for-each-part-behind-a-lost-one',
    'host/src/snapshot-incoming.ts',
    'const again = this.#askedFrom !== this.#received',
    'const again = this.#askedFrom !== this.#received || this.#received >= 0',
    'A part is lost; each of those behind it asks for all of them again.',
    'test host test/snapshot-transfer.test.ts a part that comes before one that is missing',
  ),
  mutant(
    'transfers-are-confirmed-before-they-are-written',
    'host/src/snapshot-incoming.ts',
    '      yield part.bytes\n',
    '      this.#tell(part, written + part.bytes.byteLength)\n      yield part.bytes\n',
    'A disk is slower than the link: what has come and is not written fills the memory up to the bound, and parts beyond it are sent in vain.',
    `${RESUMING} a slow disk holds up the sender`,
  ),
  mutant(
    'transfers-ask-for-nothing-that-was-turned-away',
    'host/src/snapshot-incoming.ts',
    'const again = this.#turnedAway && this.#waitingBytes < MAX_WAITING_BYTES / 2',
    'const again = this.#turnedAway && this.#waitingBytes < 0',
    'A part finds no room and is dropped; when there is room, nobody says so.',
    `${RESUMING} a sender that keeps to no window`,
  ),
  mutant(
    'transfers-go-on-with-who-was-started-again',
    'host/src/snapshot-transfer.ts',
    'if (again && received === 0 && this.#confirmed > 0) {',
    'if (again && received < 0 && this.#confirmed > 0) {',
    'A receiver is started again within a transfer and says that nothing is there; it is asked for eight silences whether it has the rest.',
    `${RESUMING} a receiver that was started again says so at once`,
  ),
  mutant(
    'transfers-begin-anew-with-a-late-question',
    'host/src/snapshot-receiving.ts',
    '        if (!isHandedOver) this.#drop(incoming)\n',
    '        if (!isHandedOver || incoming.isWhole) this.#drop(incoming)\n',
    'A question that was on its way for long comes when all is restored and not yet in its place: it opens a file for a snapshot of which nothing more ever comes.',
    `${RESUMING} a question that comes late`,
  ),
  mutant(
    'transfers-of-what-is-not-needed-stay-open',
    'host/src/snapshot-receiving.ts',
    'if (current === null || current.isWhole || current.meta.index > index) return',
    'if (current === null || current.isWhole || index >= 0) return',
    'A member catches up by another way while half of a snapshot is there: the half stays on its disk until the process ends.',
    `${RESUMING} what has come of a snapshot that is not needed`,
  ),
  mutant(
    'transfers-pass-over-much-at-one-go',
    'host/src/snapshot-transfer.ts',
    '      if (this.#restAt + value.byteLength <= offset) await this.#turn()\n',
    '',
    'A transfer goes on near the end of a gigabyte that is kept in memory: the process stands still while all before it is passed over.',
    `${RESUMING} what is passed over`,
  ),
  mutant(
    'transfers-are-restored-at-one-go',
    'host/src/restoring.ts',
    '      await new Promise<void>((resolve) => clock.soon(resolve))\n',
    '',
    'A gigabyte that is kept in memory is restored without a pause: heartbeats wait for seconds, and there is an election.',
    'test host test/restoring.test.ts between two chunks all else has its turn',
  ),
  mutant(
    'transfers-leave-a-gap-behind-them',
    'host/src/member-snapshots.ts',
    "const from = state === 'snapshot' ? (this.#sending?.indexFor(id) ?? null) : known",
    "const from = state === 'snapshot' ? null : known",
    'A snapshot takes a minute to arrive, and meanwhile the log behind it is compacted: when it is installed the next one is needed, without end.',
    'test checks test/host/broken-off-snapshots.test.ts while it is on its way the log behind it is kept',
  ),
]
