/** What came of opening images of disks. */
export interface ImageTally {
  images: number
  /** What was acknowledged is not there, and nobody is told. */
  lost: number
  /** Something is there that was never written, or damage is named by another place than its own. */
  wrong: number
  /** The storage doesn't open, or refuses a part, though the image is one that it must open. */
  refused: number
  /** One for each of the above, up to a bound. */
  readonly problems: string[]
}

/** More is not read by anybody. */
const MAX_PROBLEMS = 20

export type ImageFault = 'lost' | 'wrong' | 'refused'

export function emptyTally(): ImageTally {
  return { images: 0, lost: 0, wrong: 0, refused: 0, problems: [] }
}

/** Counts one more image. @param fault null if all is well. */
export function count(
  tally: ImageTally,
  fault: { readonly kind: ImageFault; readonly text: string } | null,
): void {
  tally.images++
  if (fault === null) return
  tally[fault.kind]++
  if (tally.problems.length < MAX_PROBLEMS) tally.problems.push(`${fault.kind}: ${fault.text}`)
}

export function sumOf(tallies: readonly ImageTally[]): ImageTally {
  const sum = emptyTally()
  for (const { images, lost, wrong, refused, problems } of tallies) {
    sum.images += images
    sum.lost += lost
    sum.wrong += wrong
    sum.refused += refused
    sum.problems.push(...problems)
  }
  return sum
}

export function lineOf({ images, lost, wrong, refused }: ImageTally): string {
  return `images ${images}, lost ${lost}, wrong ${wrong}, unexplained refusals ${refused}`
}

/** Prints what was wrong and the sums, and has the process end with 1 if anything was. */
export function report(tally: ImageTally): void {
  for (const problem of tally.problems) console.log(problem)
  console.log(lineOf(tally))
  process.exitCode = tally.lost + tally.wrong + tally.refused === 0 ? 0 : 1
}
