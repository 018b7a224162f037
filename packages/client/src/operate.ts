/** Everything but commands that a client does with a group passes here: so many at a time, and no group is forgotten meanwhile. */
import type { Context } from './context.ts'
import type { Group } from './group.ts'
import type { Groups } from './groups.ts'
import type { Patience } from './patience.ts'

/** @param bytes of what it sends. @throws {RaftedError} `overloaded`, what `patience` throws, and whatever `run` throws. */
export async function operate<T>(
  context: Context,
  groups: Groups,
  name: string,
  patience: Patience,
  run: (group: Group) => Promise<T>,
  bytes = 0,
): Promise<T> {
  const { turns } = context
  if (!turns.take()) await turns.wait(`A call to "${name}"`, patience, bytes)
  let group: Group | null = null
  try {
    group = groups.get(name)
    group.operations++
    return await run(group)
  } finally {
    if (group !== null) group.operations--
    turns.give()
  }
}
