/** Builds of the past that this one is shown beside. */
import type { Build } from './build.ts'
import { commitThatBrought, isWhole } from './history.ts'
import { packedBuild } from './packed.ts'

/** Whether they can be made here. */
export const hasHistory = isWhole()

/** The first one whose formats are those of the first version that is published: see the README. */
export const oldestFriend = (): Build => {
  const commit = commitThatBrought('packages/host/src/set-digest.ts')
  return packedBuild(commit.slice(0, 10), commit)
}

/** The first one with files, TCP and an example on three processes, and green tests of these: its formats were never published, and are others. */
export const stranger = (): Build => packedBuild('874e69d', '874e69d0b70a234d8d1fd96cb4cf15c346d466c2')
