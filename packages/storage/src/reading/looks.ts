/**
 * Looking at what another process goes on changing. Files come and go while they are listed, and the end of one may be seen in halves: what a single
 * look finds wrong may be wrong with the look.
 */
import { RaftedError } from '@rafted/contracts'
import { codeOf } from '../files/text-record.ts'

/** Others can't change a directory so fast that as many looks in a row go wrong in different ways. */
const MOST_LOOKS = 20

/**
 * Looks until it succeeds, or fails twice in a row in the same way. That proves it: whatever the first look may have missed was there before the
 * second began. What was durable when the first saw proof of it is whole then; what was dropped for a newer file would be named by that one.
 */
export async function lookTwice<T>(look: () => Promise<T>): Promise<T> {
  return (await lookForDoubts(async () => ({ found: await look(), doubt: null }))).found
}

/** The same for a look that may succeed and have found something wrong: `doubt`. @param give what is not returned is given back. */
export async function lookForDoubts<T extends { readonly doubt: string | null }>(
  look: () => Promise<T>,
  give: (found: T) => Promise<void> = async () => {},
): Promise<T> {
  let before: string | null = null
  for (let looks = 1; ; looks++) {
    let what: string
    try {
      const found = await look()
      if (found.doubt === null || found.doubt === before || looks === MOST_LOOKS) return found
      what = found.doubt
      await give(found)
    } catch (error) {
      what = describe(error)
      if (what === before || looks === MOST_LOOKS) throw error
    }
    before = what
  }
}

function describe(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return `${error instanceof RaftedError ? error.code : codeOf(error)} ${text}`
}
