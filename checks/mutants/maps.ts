/** Faults of the maps that can be frozen, and of machines that give their state at one go. */
import { type Mutant, plantedIn } from './mutant.ts'

const { mutant } = plantedIn('packages')

const SORTED = 'test contracts test/sorted-cow-map.test.ts'

export const maps: readonly Mutant[] = [
  mutant(
    'maps-frozen-nodes-are-changed',
    'contracts/src/sorted-tree.ts',
    '    if (node.owner === owner) return node\n',
    '    if (node.owner === owner || node.children === null) return node\n',
    'A snapshot is begun, commands go on, and what they change is in it: the member that starts from it applies them again.',
    `${SORTED} it is a sorted map`,
  ),
  mutant(
    'maps-go-on-owning-what-they-froze',
    'contracts/src/sorted-cow-map.ts',
    '    this.#owner = {}\n    return new FrozenSortedMap',
    '    return new FrozenSortedMap',
    'The same, of every node.',
    `${SORTED} it is a sorted map`,
  ),
  mutant(
    'maps-copy-all-for-each-change',
    'contracts/src/sorted-tree.ts',
    '    const child = this.#ownChild(node, at)\n    this.#set(child, key, value)\n',
    '    for (let i = 0; i < node.children.length; i++) this.#ownChild(node, i)\n    const child = this.#ownChild(node, at)\n    this.#set(child, key, value)\n',
    'While a snapshot is read each command copies far more than it changes.',
    `${SORTED} a change copies the way to its leaf`,
  ),
  mutant(
    'maps-never-join-nodes',
    'contracts/src/sorted-tree.ts',
    '    if (widthOf(child) < MIN_WIDTH) this.#fill(node, Math.max(0, at - 1))\n',
    '',
    'A queue puts in at one end and takes out at the other: the tree fills with empty nodes, without end.',
    `${SORTED} is as deep everywhere`,
  ),
  mutant(
    'maps-ranges-stop-at-the-end-of-a-node',
    'contracts/src/sorted-walk.ts',
    '    if (next !== undefined) return down(way, next, direction)\n',
    '    if (next !== undefined && step.at % 8 !== 0) return down(way, next, direction)\n',
    'A range query leaves out whatever stands beyond some nodes.',
    `${SORTED} a range holds its bounds`,
  ),
  mutant(
    'maps-ranges-go-beyond-their-bound',
    'contracts/src/sorted-walk.ts',
    '(before === undefined || order(key, before) < 0)',
    '(before === undefined || order(key, before) <= 0)',
    'A range that ends before a key holds the key.',
    `${SORTED} a range holds its bounds`,
  ),
  mutant(
    'maps-take-keys-without-a-place',
    'contracts/src/sorted-cow-map.ts',
    "typeof key !== 'number' || Number.isNaN(key)",
    "typeof key !== 'number'",
    'NaN is put in where nothing is below or above it; later keys are looked for on its wrong side.',
    `${SORTED} keys that have no place`,
  ),
  mutant(
    'maps-state-without-chunks-is-encoded-late',
    'contracts/src/in-place-machine.ts',
    'return given([...new SliceWriter([this.#state].values(), this.#codec)])',
    'return new SliceWriter([this.#state].values(), this.#codec)',
    'A state without a frozen view is encoded piece by piece while commands change it: the snapshot is of no moment.',
    'test contracts test/define-value.test.ts without chunks of its own',
  ),
  mutant(
    'maps-nobody-is-told-of-a-state-at-one-go',
    'host/src/snapshot-content.ts',
    'return this.#isAtOnce ? this.#size : this.#largest',
    'return this.#largest',
    'A state grows to a gigabyte, is encoded at once for each snapshot, and nobody learns why there are elections.',
    'test host test/snapshot-taking.test.ts a machine gives its state whole, in many chunks',
  ),
]
