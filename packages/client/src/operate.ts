/** Everything but commands that a client does with a group passes here: so many at a time, and no group is forgotten meanwhile. */
import type { Context } from './context.ts'
import { overloadedError } from './failures.ts'
import type { Group } from './group.ts'
import type { Groups } from './groups.ts'
import { MAX_OPERATIONS } from './limits.ts'

/** @throws {RaftedError} `overloaded`, and whatever `run` throws. */
export async function operate<T>(
  context: Context,
  groups: Groups,
  name: string,
  run: (group: Group) => Promise<T>,
): Promise<T> {
  if (context.operations >= MAX_OPERATIONS)
    throw overloadedError(`A call to "${name}"`, `${context.operations} calls`)
  const group = groups.get(name)
  context.operations++
  group.operations++
  try {
    return await run(group)
  } finally {
    context.operations--
    group.operations--
  }
}
