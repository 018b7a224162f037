/** What the storage on files takes to be opened, and what it takes on the disk. */
import { asText, type Figure } from './figure.ts'
import { largeSnapshot } from './large-snapshot.ts'
import { recovery } from './recovery.ts'
import { skewed } from './skewed.ts'

const MIB = 2 ** 20

/** @param quick a hundredth of the entries, a sixteenth of the bytes. */
export async function measureStorage(quick: boolean): Promise<Figure[]> {
  const entries = quick ? 10_000 : 1_000_000
  const figures: Figure[] = []
  for (const part of [
    () => recovery(entries, 1),
    () => recovery(entries, quick ? 100 : 1000),
    () => largeSnapshot(quick ? 64 * MIB : 1024 * MIB),
    () => skewed(quick ? 100 : 1000, quick ? 64 * MIB : 2048 * MIB),
  ])
    for (const figure of await part()) {
      figures.push(figure)
      console.log(asText(figure))
    }
  return figures
}
