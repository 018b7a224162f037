/** Whether the one who made a claim is dead. It is proven, never guessed. */
import { type Claim, listSockets, socketName, WatchedClaim } from './lock-claim.ts'
import { type LockSetting, pause } from './lock-setting.ts'
import type { Probe } from './machine.ts'

/** Who can't be heard is dead only after its beats stood still for so many of its intervals. */
const INTERVALS_OF_SILENCE = 3
/** Looks at a claim in each of its intervals: more often than it beats, so that one that lives is soon known to. */
const LOOKS = 4

/** `gone`: there is no such claim any more. A holder is null if the claim can't be read. */
export type Verdict = 'dead' | 'gone' | { readonly holder: Claim | null }

/** How claims looked whose maker fell silent, by generation: what still looks so needn't be watched once more. */
export type Silent = Map<number, string>

/**
 * Watches a claim until it is known what became of its maker.
 *
 * - It gave the directory back: dead.
 * - Its socket accepts: alive, however long it has been silent; a stopped process is.
 * - Its socket refuses, on the boot it runs on: dead. The kernel closes a process's sockets when it is gone, and not before.
 * - Anything else (another boot, no socket) proves nothing. Dead if its beats stand still long enough by our clock.
 *
 * @param own the name of our own socket, if there is one.
 */
export async function judge(
  setting: Omit<LockSetting, 'random'>,
  generation: number,
  silent: Silent,
  own: string | null,
): Promise<Verdict> {
  const { fileSystem, directory, clock } = setting
  const boot = await setting.machine.bootId()
  const watching = new WatchedClaim(fileSystem, directory, generation)
  let watched = ''
  let from = 0
  for (;;) {
    // Taken before the look: a pause of this process after it is no silence of the other.
    const now = clock.now()
    const claim = await watching.look()
    if (claim === null) return 'gone'
    const readable = claim === 'unreadable' ? null : claim
    if (readable?.state === 'left') return 'dead'
    const heard = await listenFor(setting, readable, own)
    const alive = { holder: readable }
    if (heard === 'accepted' && readable !== null) return alive
    if (heard === 'refused' && readable !== null && boot !== null && readable.boot === boot) return 'dead'
    const looks = readable === null ? 'unreadable' : `${readable.nonce} ${readable.beats}`
    const quiet = heard !== 'accepted'
    if (quiet && silent.get(generation) === looks) return 'dead'
    const interval = readable?.interval ?? setting.interval
    if (watched !== looks) {
      if (watched !== '' && readable !== null) return alive
      watched = looks
      from = clock.now()
    } else if (now - from >= INTERVALS_OF_SILENCE * interval) {
      if (!quiet) return alive
      silent.set(generation, looks)
      return 'dead'
    }
    await pause(clock, interval / LOOKS)
  }
}

/** The maker of a claim that can't be read, or not yet, may be any of those that listen here. */
async function listenFor(
  { machine, directory, fileSystem }: Omit<LockSetting, 'random'>,
  claim: Claim | null,
  own: string | null,
): Promise<Probe> {
  if (claim !== null) return await machine.probe(directory, socketName(claim.nonce))
  for (const name of await listSockets(fileSystem, directory))
    if (name !== own && (await machine.probe(directory, name)) === 'accepted') return 'accepted'
  return 'missing'
}
