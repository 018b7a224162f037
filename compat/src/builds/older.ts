/** Builds of the past that this one is shown beside. */
import type { Build } from './build.ts'
import { commitNamed, commitThatBrought, isWhole } from './history.ts'
import { packedBuild } from './packed.ts'

/** Whether they can be made here. */
export const hasHistory = isWhole()

/** The first one whose formats are those of the first version that is published: see the README. */
export const oldestFriend = (): Build => {
  const commit = commitThatBrought('packages/host/src/feature-level.ts')
  return packedBuild(commit.slice(0, 10), commit)
}

/** The first one with files, TCP and an example on three processes: its formats were never published, and are others. */
export const stranger = (): Build => {
  const commit = commitNamed(
    'Examples: the story on three processes with files, killed one by one and all at once',
  )
  return packedBuild(commit.slice(0, 10), commit)
}
