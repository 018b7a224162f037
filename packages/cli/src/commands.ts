/** All commands, in the order in which help shows them. What they need of other packages is loaded when they run. */
import type { Command } from './command.ts'
import { backup } from './commands/backup.ts'
import { bench } from './commands/bench.ts'
import { completionOf } from './commands/completion.ts'
import { del } from './commands/del.ts'
import { demo } from './commands/demo.ts'
import { dump } from './commands/dump.ts'
import { get } from './commands/get.ts'
import { init } from './commands/init.ts'
import { inspect } from './commands/inspect.ts'
import { lastIndex } from './commands/last-index.ts'
import { lock } from './commands/lock.ts'
import { memberCommands } from './commands/members.ts'
import { put } from './commands/put.ts'
import { recover } from './commands/recover.ts'
import { restore } from './commands/restore.ts'
import { setAside } from './commands/set-aside.ts'
import { start } from './commands/start.ts'
import { status } from './commands/status.ts'
import { verify } from './commands/verify.ts'
import { watch } from './commands/watch.ts'

const others: readonly Command[] = [
  demo,
  start,
  init,
  get,
  put,
  del,
  watch,
  lock,
  status,
  ...memberCommands,
  backup,
  restore,
  bench,
  inspect,
  dump,
  verify,
  lastIndex,
  recover,
  setAside,
]

export const commands: readonly Command[] = [...others, completionOf(others)]
