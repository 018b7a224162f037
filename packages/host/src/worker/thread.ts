/** A worker thread, as the application's side sees it. */
import { MessageChannel, Worker } from 'node:worker_threads'
import { RaftedError } from '@rafted/contracts'
import type { FromWorker, ToWorker, WorkerStart } from './messages.ts'
import { type Port, portOf } from './port.ts'

/** What a worker may take of memory, as Node.js has it. */
export interface ResourceLimits {
  /** Of the heap, MB: where values and logs in memory are. */
  readonly maxOldGenerationSizeMb?: number
  /** Of the heap for what is young, MB. */
  readonly maxYoungGenerationSizeMb?: number
  /** Of generated code, MB. */
  readonly codeRangeSizeMb?: number
  /** Of its stack, MB. Default 4. */
  readonly stackSizeMb?: number
}

/** How a worker is started. */
export interface WorkerOptions {
  /** What the worker may take of memory; a host that needs more ends. Default: as for any worker. */
  readonly resourceLimits?: ResourceLimits | undefined
  /** Options of Node.js for the worker. Default: those of this process. */
  readonly execArgv?: readonly string[] | undefined
}

/** How a thread has ended. */
export interface Ending {
  readonly exitCode: number
  /** What nobody caught there; undefined if it ended otherwise. */
  readonly error: unknown
}

export interface Thread {
  readonly port: Port<ToWorker, FromWorker>
  /** Nothing of the thread runs any more, and what it held is free. */
  readonly ended: Promise<Ending>
  /** Ends it at once, as a crash would. */
  terminate(): void
}

/** @throws {RaftedError} `invalid-argument` for options that can't be cloned. */
export function startThread<Options>(
  program: URL,
  start: Omit<WorkerStart<Options>, 'port'>,
  { resourceLimits, execArgv }: WorkerOptions,
): Thread {
  const { port1, port2 } = new MessageChannel()
  let worker: Worker
  try {
    worker = new Worker(program, {
      workerData: { ...start, port: port2 } satisfies WorkerStart<Options>,
      transferList: [port2],
      ...(resourceLimits === undefined ? {} : { resourceLimits }),
      ...(execArgv === undefined ? {} : { execArgv: [...execArgv] }),
    })
  } catch (cause) {
    port1.close()
    throw new RaftedError('invalid-argument', `The worker can't be started: ${String(cause)}`, {
      outcome: 'not-applied',
      cause,
    })
  }
  let error: unknown
  const terminate = (): void => void worker.terminate()
  worker.on('error', (uncaught) => {
    error ??= uncaught
  })
  const ended = new Promise<Ending>((resolve) => {
    worker.once('exit', (exitCode) => resolve({ exitCode, error }))
  })
  const port = portOf<ToWorker, FromWorker>(port1, (unread) => {
    error ??= unread
    terminate()
  })
  return { port, ended, terminate }
}
