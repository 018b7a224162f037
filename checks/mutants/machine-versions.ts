/** Faults of the version of the user's machine: members that apply an entry by different ones. */
import { type Mutant, plantedIn } from './mutant.ts'

const { mutant, edit } = plantedIn('packages/host/src')

export const machineVersions: readonly Mutant[] = [
  mutant(
    'versions-commands-go-by-the-newest-of-the-code',
    'replicated-state.ts',
    '    const { machineVersion: version } = this.settings\n',
    '    const version = this.#versions[1]\n',
    'Two of three hosts run new code, which applies commands by its own version: they hold something else than the third.',
    'test checks test/host/machine-versions.test.ts a rolling upgrade and back under load',
  ),
  mutant(
    'versions-a-member-goes-on-by-one-that-it-does-not-know',
    'replicated-state.ts',
    '    if (outcome.machineVersion !== this.settings.machineVersion)\n',
    '    if (outcome.machineVersion < 0)\n',
    'A member is replaced by old code while the version rises. It takes the entry that says so, stands on it in snapshots, and stops one command later: too late where there is none.',
    'test host test/machine-versions.test.ts that brings one that the code here does not know stops this member before it',
  ),
  mutant(
    'versions-raised-though-one-does-not-offer-it',
    'raising.ts',
    '  const newest = Math.min(...membersOf(configuration).map((member) => OFFER[setting](member)[1]))\n  return isOfferedByAll(configuration, setting, newest) ? newest : null\n',
    '  return Math.max(...configuration.voters.map((member) => OFFER[setting](member)[1]))\n',
    'The first host comes back with new code and leads. It asks for the version that only itself knows, over and over.',
    'test host test/machine-versions.test.ts a leader asks for the newest version that all offer, once',
  ),
  mutant(
    'versions-not-judged-where-they-are-applied',
    'settings.ts',
    '  const unchanged = unchangedBy(settings, change) ?? unoffered(settings, change, isOffered)\n',
    '  void [unoffered, isOffered]\n  const unchanged = unchangedBy(settings, change)\n',
    'A leader of another build asks for a version that a learner does not know: it comes into force, and the learner stops.',
    'test host test/machine-versions.test.ts that would lower it, or bring what one member does not offer',
  ),
  mutant(
    'versions-fall',
    'settings.ts',
    '  const problem = lowered(settings, changes) ?? settingsProblem(',
    '  void lowered\n  const problem = settingsProblem(',
    'An entry lowers the version: members that no longer know the old one stop, all of them.',
    'test host test/machine-versions.test.ts that would lower it, or bring what one member does not offer',
  ),
  mutant(
    'versions-asked-for-in-every-turn',
    'raising.ts',
    '      this.#entry.isUnderWay(applied)\n    )\n',
    '      (this.#entry.isUnderWay(applied) && applied.index < 0)\n    )\n',
    'The version rises in a group whose other members are slow: until that is applied, each turn of the leader appends one more entry for it.',
    'test host test/machine-versions.test.ts a leader asks for the newest version that all offer, once',
  ),
  mutant(
    'versions-snapshots-say-that-of-the-code',
    'snapshot-content.ts',
    '    const { machineVersion } = state.settings\n',
    '    const machineVersion = Math.max(2, state.settings.machineVersion)\n',
    'New code takes a snapshot while the old version is in force, and sends it to a member with old code, which refuses it and stops.',
    'test host test/machine-versions.test.ts is of the version in force, not of the newest',
  ),
  mutant(
    'versions-snapshots-are-written-by-the-newest',
    'snapshot-content.ts',
    '    this.#chunks = state.instance.snapshot(machineVersion)[Symbol.iterator]()\n',
    '    this.#chunks = state.instance.snapshot()[Symbol.iterator]()\n',
    'New code writes a snapshot in its new form while the old version is in force: old code can make nothing of it.',
    'test checks test/host/machine-versions.test.ts new code sends snapshots that old code reads',
  ),
  mutant(
    'versions-a-snapshot-is-restored-by-whatever-code',
    'snapshot-content.ts',
    '  checkVersion(versionsOf(machine), machineVersion, ',
    '  checkVersion([1, 9], versionsOf(machine) && 1, ',
    'Old code is started on a snapshot of a version that it has never heard of, and takes it for its own.',
    'test host test/machine-versions.test.ts is not read by a machine that',
  ),
  mutant(
    'versions-a-log-is-begun-by-whatever-code',
    'opening.ts',
    '  if (upTo > 0) checkVersion(',
    '  if (upTo < 0) checkVersion(',
    'Old code is started where the version has risen: instead of being refused it takes part, applies half of the log, and stops.',
    'test checks test/host/machine-versions.test.ts once it has risen, old code is refused by name',
  ),
  mutant(
    'versions-members-join-with-whatever-code',
    'changes.ts',
    "      versionProblem(machine, required('machineVersion'), 'in the group')\n",
    '      (void [versionProblem, machine], null)\n',
    'A host with old code is added to a group whose version it does not know: it stops, and a majority needs it.',
    'test host test/changes.test.ts runs other code: that is recorded too',
  ),
  {
    name: 'versions-code-that-is-replaced-is-not-told',
    schedule:
      'A host goes back to old code, and says so to nobody: the last one that is upgraded has the version raised, and the host stops.',
    edits: [
      edit(
        'changes.ts',
        'isSame(known.wire, wire) && isSame(known.machine, machine)',
        '(void machine, isSame(known.wire, wire))',
      ),
    ],
    caughtBy: 'test host test/joining.test.ts that its log has elsewhere asks',
  },
  {
    name: 'versions-old-code-applies-what-it-does-not-know',
    schedule:
      'A member is started with old code just as the version rises, and goes on: what its commands do from there on is what they did before, and it holds something else than the others.',
    edits: [
      edit(
        'replicated-state.ts',
        '    if (outcome.machineVersion !== this.settings.machineVersion)\n',
        '    if (outcome.machineVersion < 0)\n',
      ),
      edit(
        'replicated-state.ts',
        "    checkVersion(this.#versions, this.settings.machineVersion, 'at entry",
        "    checkVersion([1, 9], this.settings.machineVersion, 'at entry",
      ),
      edit('opening.ts', '  if (upTo > 0) checkVersion(', '  if (upTo < 0) checkVersion('),
      edit(
        'snapshot-content.ts',
        '  checkVersion(versionsOf(machine), machineVersion, ',
        '  checkVersion([1, 9], versionsOf(machine) && 1, ',
      ),
    ],
    caughtBy: 'simulator',
  },
  {
    name: 'versions-by-the-code-of-each-host',
    schedule:
      'Hosts run different code for a while, and each applies commands by its own newest version: the members of one group hold different things.',
    edits: [
      edit(
        'replicated-state.ts',
        '    const { machineVersion: version } = this.settings\n',
        '    const version = this.#versions[1]\n',
      ),
    ],
    caughtBy: 'simulator',
  },
]
