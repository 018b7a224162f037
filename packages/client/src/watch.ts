/** What changes a value, told to one reader at the reader's pace. */
import {
  type AnyDefinition,
  type AnySchema,
  type Change,
  type Codec,
  type Machine,
  type NamedCall,
  type QueryContext,
  RaftedError,
  type StateMachine,
  type WatchedSnapshot,
} from '@rafted/contracts'
import type { ResultResponse } from '@rafted/wire'
import type { Changes, GivenValue } from './changes.ts'
import { invalidArgument } from './failures.ts'
import { WATCH_BYTES } from './limits.ts'
import { isThenable, validated } from './validation.ts'

/** What can be made of a value's pieces; a machine of which only the codec is known can make nothing. */
export type Restorable = Pick<Machine, 'codec'> &
  Partial<Machine> &
  Partial<Pick<AnyDefinition, 'queryNames' | 'schemas'>>

export type AnyEvent = Change | WatchedSnapshot

/** What a watch needs of its group. */
export interface Watched {
  readonly name: string
  readonly codec: Codec
  readonly machine: Restorable
  readonly changes: Changes
}

/** Begins at once: whatever is done after this returns is told. @param from the first index that is wanted, or null for what comes now. */
export function watch(watched: Watched, from: number | null): AsyncGenerator<AnyEvent, undefined> {
  const begun = from === null ? watched.changes.position() : Promise.resolve(from - 1)
  // Whoever reads is told.
  begun.catch(() => {})
  return events(watched, begun)
}

async function* events(watched: Watched, begun: Promise<number>): AsyncGenerator<AnyEvent, undefined> {
  const { changes, codec, name } = watched
  for (let after = await begun; ; ) {
    const { upTo, changes: some, piece } = await changes.next(after, WATCH_BYTES)
    if (piece !== null) {
      const snapshot = await restored(watched, await changes.value(piece))
      yield snapshot
      after = snapshot.index
      continue
    }
    for (const { command, ...where } of some)
      yield { kind: 'change', ...where, command: decoded(command, codec, name) }
    // A member that is behind has nothing to say, and never takes a watcher back.
    after = Math.max(after, upTo)
  }
}

function decoded(command: Uint8Array, codec: Codec, name: string): unknown {
  try {
    return codec.decode(command)
  } catch (cause) {
    throw unreadable(`A command of "${name}"`, cause)
  }
}

function unreadable(what: string, cause: unknown): RaftedError {
  const message = `${what} can't be read by this codec. Watchers and members need the same one.`
  return new RaftedError('bad-bytes', message, { outcome: 'not-applied', cause })
}

async function restored({ machine, codec, name }: Watched, given: GivenValue): Promise<WatchedSnapshot> {
  const { index, term, time, version } = given.of
  if (machine.restore === undefined)
    throw new RaftedError(
      'invalid-argument',
      `The log of "${name}" no longer goes back to where the watch begins, and its value can't be shown without its machine: give \`machine\` all of it.`,
      { outcome: 'not-applied' },
    )
  checkKnown(machine, version, name)
  const instance = await machine
    .restore(streamed(given.pieces), codec, version)
    .catch((cause: unknown) => Promise.reject(unreadable(`The value of "${name}"`, cause)))
  return {
    kind: 'snapshot',
    index,
    term,
    time,
    value: instance.value,
    queries: queriesOf(instance, machine, { time, version }),
  }
}

function checkKnown(
  { oldestVersion = 1, version: newest = 1 }: Restorable,
  version: number,
  name: string,
): void {
  if (version >= oldestVersion && version <= newest) return
  const isOld = version > newest
  throw new RaftedError(
    isOld ? 'machine-too-old' : 'machine-too-new',
    `The value of "${name}" is of version ${version} of its machine, and the code here knows ${oldestVersion} to ${newest}. Use ${isOld ? 'newer' : 'older'} code.`,
    { outcome: 'not-applied' },
  )
}

function queriesOf(
  instance: StateMachine,
  { queryNames = [], schemas }: Restorable,
  context: QueryContext,
): Record<string, (...args: unknown[]) => unknown> {
  const queries: Record<string, (...args: unknown[]) => unknown> = {}
  for (const name of queryNames)
    queries[name] = (...args) => {
      const call: NamedCall = [name, ...atOnce(name, schemas?.get(name), args)]
      return instance.query(call, context)
    }
  return queries
}

/** What the schemas make of the arguments. @throws {RaftedError} `invalid-argument`: also where a validator takes its time, which nobody can wait for here. */
function atOnce(
  name: string,
  schemas: readonly AnySchema[] | undefined,
  args: readonly unknown[],
): readonly unknown[] {
  const all = schemas === undefined ? args : validated(name, schemas, args)
  if (!isThenable(all)) return all as readonly unknown[]
  all.catch(() => {})
  throw invalidArgument(`${name} has a validator that takes its time, and a snapshot answers at once.`)
}

async function* streamed(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces
}

/** Answers of a query, each unlike the one before. @param ask asks it, for as long as it takes. */
export async function* watchAnswers<T>(
  changes: Changes,
  ask: () => Promise<ResultResponse>,
  read: (answer: ResultResponse) => T,
): AsyncGenerator<T, undefined> {
  let last: Uint8Array | null = null
  for (;;) {
    const answer = await ask()
    if (answer.status !== 'ok' || last === null || !isSame(last, answer.payload)) {
      const shown = read(answer)
      last = answer.payload.slice()
      yield shown
    }
    let after = answer.index
    while (after <= answer.index) after = Math.max(after, (await changes.next(after, 0)).upTo)
  }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && a.every((byte, i) => byte === b[i])
}
