/** Begins a group with a backup. */
import { isRaftedError, RaftedError } from '@rafted/contracts'
import { indexOf } from '../arguments.ts'
import { type Call, Status, WrongUse } from '../command.ts'
import { advised } from '../connection/client.ts'
import { readFile, sizeOf } from '../files.ts'
import { jsonLine } from '../json.ts'
import { Progress } from '../progress.ts'
import { shownBytes, shownName } from '../shown.ts'
import { createLog } from './log.ts'
import { openPlanned } from './opened.ts'
import { planOf } from './plan.ts'
import { machineOf } from './recipes.ts'

const WHAT = 'The backup'

/** @returns the exit status. @throws {RaftedError} `already-exists`, `peers-unreachable`, `damaged-storage` and others of a backup; what opening a host does. */
export async function restoreGroup(call: Call): Promise<number> {
  const { terminal, json, operands } = call
  const [group, file] = operands as readonly [string, string]
  const upTo = indexOf('up-to', call.option('up-to'))
  const plan = { ...(await planOf(call)), log: 'silent' as const }
  const recipe = plan.groups.get(group)
  if (recipe === undefined)
    throw new WrongUse(
      `The host is not told what group ${shownName(group)} is: say --group ${group}=RECIPE, as when it is started.`,
    )
  const bytes = await sizeOf(terminal, file, WHAT)
  const progress = new Progress(terminal)
  progress.expected = bytes
  const opened = await openPlanned(terminal, plan, createLog(terminal, plan))
  try {
    await opened.host.createGroup(group, {
      machine: await machineOf(recipe),
      join: plan.join,
      settings: plan.settings,
      from: counted(readFile(terminal, file, WHAT), progress),
      ...(upTo === null ? {} : { upTo }),
      ...(call.flag('unreachable-checked') ? { unreachable: 'checked' as const } : {}),
    })
    const { incarnation, lastIndex } = opened.host.status(group)!
    progress.clear()
    await terminal.print(
      json
        ? jsonLine({ group, host: plan.id, file, bytes, incarnation, lastIndex })
        : `group ${shownName(group)} begins on host ${shownName(plan.id)} with ${shownBytes(bytes)}: start it, then the others\n`,
    )
    return Status.fine
  } catch (error) {
    throw inWords(error, recipe)
  } finally {
    progress.clear()
    // There is nobody to hand anything over to.
    await opened.close(true)
  }
}

/** Bytes whose checksums are right and which this machine can't read were written by another one. */
function inWords(error: unknown, recipe: string): unknown {
  if (!isRaftedError(error, 'bad-bytes')) return advised(error, null)
  const message = `The backup is not damaged, and holds nothing that ${recipe} can read: it is of a group of another kind, or of a program of yours. ${error.message}`
  return new RaftedError(error.code, message, { outcome: 'not-applied', cause: error })
}

async function* counted(
  parts: AsyncIterable<Uint8Array>,
  progress: Progress,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const part of parts) {
    progress.add(part.byteLength)
    yield part
  }
}
