/** Runs a program while a lock is held. */
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { isRaftedError } from '@rafted/contracts'
import type { Held } from '@rafted/recipes'
import { type Call, Status } from '../command.ts'
import { shownName } from '../shown.ts'
import type { Terminal } from '../terminal.ts'

/** What shells say of a program that can't be run. */
const NOT_FOUND = 127
const NOT_RUN = 126

/**
 * Gives the lock back when the program has ended. It is told to end when the lock is lost, or when whoever has typed this wants that.
 * @returns the exit status.
 */
export async function runHolding(
  call: Call,
  held: Held,
  [program, ...args]: readonly string[],
): Promise<number> {
  const { terminal } = call
  const { name, token } = held
  const environment = { ...terminal.environment, RAFTED_LOCK: name, RAFTED_TOKEN: String(token) }
  const child = spawn(program!, args, { cwd: terminal.directory, env: environment, stdio: 'inherit' })
  const stop = (): void => void child.kill('SIGTERM')
  // What is typed at a terminal (SIGINT) reaches all of its programs by itself.
  const interrupted = terminal.interrupted()
  const passOn = (): void => {
    if (interrupted.reason === 'SIGTERM') stop()
  }
  interrupted.addEventListener('abort', passOn, { once: true })
  held.signal.addEventListener('abort', stop, { once: true })
  const status = await new Promise<number>((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      terminal.say(
        `${program} can't be run: ${error.code === 'ENOENT' ? 'there is no such program' : error.message}.\n`,
      )
      resolve(error.code === 'ENOENT' ? NOT_FOUND : NOT_RUN)
    })
    child.once('exit', (code, signal) =>
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
    )
  })
  interrupted.removeEventListener('abort', passOn)
  held.signal.removeEventListener('abort', stop)
  if (await giveBack(terminal, held)) return status
  terminal.say(
    `The lock ${shownName(name)} was lost while the program ran: another one may have held it meanwhile.\n`,
  )
  return Status.failed
}

/** @returns whether it was held to the end. */
export async function giveBack(terminal: Terminal, held: Held): Promise<boolean> {
  const wasHeld = !held.signal.aborted
  try {
    return (await held.release()) && wasHeld
  } catch (error) {
    if (!isRaftedError(error)) throw error
    terminal.say(
      `The lock ${shownName(held.name)} could not be given back, and ends with its lease: ${error.message}\n`,
    )
    return wasHeld
  }
}
