/** What a majority of three has done. */

/** @param reached is told how many two of them have done, whenever one has done more. @returns that a member has done so many more. */
export function twoOfThree(reached: (count: number) => void): (member: number, more: number) => void {
  const done = [0, 0, 0]
  return (member, more) => {
    done[member]! += more
    reached([...done].sort((a, b) => b - a)[1]!)
  }
}
