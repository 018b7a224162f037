/** The order of what is due: the earliest first, and at one time by name, so that it is the same everywhere. */
export interface DueAt {
  readonly at: number
  readonly name: string
}

export function soonest(a: DueAt, b: DueAt): number {
  if (a.at !== b.at) return a.at - b.at
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0
}
