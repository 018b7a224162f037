/** What is committed, what is lost, and what disks have to do with it. */
import type { Flight } from '../flight.ts'
import { allAlike, isCommitted, leaders, nothingBroken, type Story } from './story.ts'

/** What these send to those. */
const between =
  (from: string, ...to: readonly string[]) =>
  ({ message }: Flight): boolean =>
    message.from === from && to.includes(message.to)

const figureEight: Story = {
  id: 'figure-8',
  title: 'Figure 8 of the paper',
  text: 'An entry of an earlier term is on a majority of disks, and can still be overwritten. That is why a leader commits by counting only entries of its own term; what is before them is committed with them. Go back to (c), let S1 live, and see how its entry 3 saves entry 2.',
  founders: 5,
  seed: 8,
  play(d) {
    d.patience({ 1: 0, 5: 30, 2: 99, 3: 99, 4: 99 })
    d.untilLeads('1')
    d.say('(a) S1 leads term 2. Its entry 2 gets to S2, and to nobody else.')
    d.drop(between('1', '3', '4', '5'))
    d.cut(['1', '3'], ['1', '4'], ['1', '5'])
    d.until('S2 has entry 2 on disk', () => d.member('2').core!.durableIndex === 2)
    d.kill('1')
    d.say('(b) S1 crashes. S2 is cut off for now, and S5 asks the others.')
    d.heal()
    d.cutOff('2')
    d.untilLeads('5')
    d.drop(between('5', '1', '2', '3', '4'))
    d.cut(['5', '3'], ['5', '4'])
    d.say('S5 leads term 3 by the votes of S3 and S4, and has another entry 2. It gets to nobody.')
    d.until('S5 has its entry on disk', () => d.member('5').core!.durableIndex === 2)
    d.kill('5')
    d.heal()
    d.cutOff('2')
    d.restart('1')
    d.say('(c) S5 crashes, and S1 is back.')
    d.untilLeads('1')
    d.drop(between('1', '4', '5'))
    d.heal()
    d.cut(['1', '4'], ['1', '5'])
    d.say(
      'S1 leads term 4. It brings the old entry 2 to S3 as well; its own entry 3 is lost on the way there.',
    )
    // The first of them only shows S1 that S3 lacks entry 2.
    const ofTerm4 = ({ message: m }: Flight): boolean =>
      m.to === '3' && m.kind === 'append' && m.heads?.last === 3 && d.lastIndex('3') >= 2
    d.until('S3 has entry 2 on disk', () => d.member('3').core!.durableIndex === 2, ofTerm4)
    d.until(
      'S1 knows',
      () =>
        d
          .member('1')
          .core!.peers()
          .find(({ id }) => id === '3')!.match === 2,
      ofTerm4,
    )
    d.say('Entry 2 of term 2 is on S1, S2 and S3: a majority. S1 knows, and does not take it for committed.')
    d.run(40)
    d.drop(ofTerm4)
    d.kill('1')
    d.drop(between('1', '2', '3', '4', '5'))
    d.heal()
    d.cutOff('2')
    d.restart('5')
    d.patience({ 5: 0 })
    d.say('(d) S1 crashes again, and S5 is back. Its last entry is of term 3: later than those of S3 and S4.')
    d.untilLeads('5')
    d.say(
      'They elect it, and it overwrites entry 2 on S3, which a majority had held. Had it been committed, Raft would be wrong.',
    )
    d.until('entry 3 is committed', ({ safety }) => safety.highest >= 3)
    d.heal()
    d.restart('1')
    d.untilAllApplied(d.lastIndex('5'))
    d.say('All have S5’s entries now. Nobody was ever told that the other entry 2 had been committed.')
    d.run(400)
  },
  endings: [
    { says: 'S5 leads.', is: (world) => leaders(world).join() === '5' },
    { says: 'Entry 2 is that of term 3.', is: ({ safety }) => safety.committedAt(2)?.term === 3 },
    {
      says: 'All logs are alike, and no rule was broken.',
      is: (world) => allAlike(world) && nothingBroken(world),
    },
  ],
}

const slowDisk: Story = {
  id: 'slow-disk',
  title: 'The leader’s disk is slow',
  text: 'A leader sends its entries before they are on its own disk, and counts itself only once they are. With a disk that does nothing any more, the others are a majority without it: all goes on, and even its crash loses nothing that was committed.',
  founders: 5,
  seed: 5,
  play(d) {
    d.patience({ 1: 0, 3: 20, 2: 70, 4: 80, 5: 90 })
    d.untilLeads('1')
    d.untilAllApplied(2)
    d.run(150)
    d.act({ kind: 'disk', member: '1', pace: 'stalled' })
    d.say('S1 leads, and its disk finishes nothing any more. Dashed entries are not on disk.')
    d.propose('1')
    d.propose('1')
    d.until('both are committed', (world) => isCommitted(world, 1) && isCommitted(world, 2))
    d.say('S1 commits both commands: three others have them on disk. It does not count itself.')
    d.run(300)
    d.kill('1')
    d.say('S1 crashes. What it had under way is lost, and so are both entries on its disk.')
    d.untilLeads('3')
    d.say('Whoever leads now has every committed entry: no majority would have elected it else.')
    d.act({ kind: 'disk', member: '1', pace: 'quick' })
    d.restart('1')
    d.untilAllApplied(d.lastIndex('3'))
    d.run(300)
  },
  endings: [
    { says: 'Both commands are committed.', is: (world) => isCommitted(world, 1) && isCommitted(world, 2) },
    { says: 'S1 has them again.', is: allAlike },
    { says: 'No rule was broken.', is: nothingBroken },
  ],
}

const lyingDisk: Story = {
  id: 'lying-disk',
  title: 'A disk that lies',
  text: 'All of Raft stands on one promise: what a member has acknowledged is still there after a restart. Here the disk of S2 forgets it, and S2 comes back under its old name. A committed entry is lost, the rules break, and S1 sees that its own state can’t be true. Rafted never lets such a member in: one that has lost its log is a new one.',
  founders: 3,
  seed: 2,
  play(d) {
    d.patience({ 1: 0, 3: 10, 2: 90 })
    d.untilLeads('1')
    d.untilAllApplied(2)
    d.run(100)
    d.cutOff('3')
    d.propose('1')
    d.until('x = 1 is committed', (world) => isCommitted(world, 1))
    d.say('S1 and S2 have committed x = 1. S3 is cut off, and has not heard of it.')
    d.run(250)
    d.act({ kind: 'forget', member: '2' })
    d.say(
      'The disk of S2 forgets its term, its vote and its log, and S2 starts again as if nothing had been.',
    )
    d.heal()
    d.cutOff('1')
    d.drop(() => true)
    d.restart('2')
    d.untilLeads('3')
    d.say(
      'S2 and S3 are a majority, and neither knows of x = 1: they elect S3. Leader Completeness is broken.',
    )
    d.propose('3')
    d.until('another entry is committed in its place', (world) => world.broken.length >= 2)
    d.say('They commit something else in its place. Two clients have been told two truths.')
    d.run(200)
    d.heal()
    d.until('S1 sees it', () => d.member('1').problem !== null)
    d.say('S1 is asked to overwrite what it knows to be committed. It stops, rather than lie.')
    d.run(200)
  },
  endings: [
    {
      says: 'Leader Completeness does not hold.',
      is: (world) => world.broken.some(({ rule }) => rule === 'Leader Completeness'),
    },
    {
      says: 'State Machine Safety does not hold.',
      is: (world) => world.broken.some(({ rule }) => rule === 'State Machine Safety'),
    },
    { says: 'S1 has stopped by an invariant.', is: (world) => world.members.get('1')!.problem !== null },
  ],
}

const snapshots: Story = {
  id: 'snapshot',
  title: 'Too far behind for the log',
  text: 'S3 is down while others go on, take snapshots and cut their logs. What it lacks is in no log any more when it comes back. So the leader sends its snapshot, and the log of S3 begins behind that.',
  founders: 3,
  seed: 6,
  play(d) {
    d.patience({ 1: 0, 2: 60, 3: 90 })
    d.untilLeads('1')
    d.untilAllApplied(2)
    d.kill('3')
    d.say('S3 is down. S1 and S2 go on without it.')
    for (let i = 0; i < 6; i++) {
      d.propose('1')
      d.run(90)
    }
    d.untilAllApplied(8)
    d.act({ kind: 'snapshot', member: '1' })
    d.act({ kind: 'snapshot', member: '2' })
    d.say('Both take a snapshot of their value, and forget the entries that it covers.')
    d.run(300)
    d.propose('1')
    d.run(200)
    d.restart('3')
    d.say('S3 is back, and lacks what S1 no longer has as entries.')
    d.until('a snapshot is on its way', ({ flights }) => flights.some(({ snapshot }) => snapshot !== null))
    d.say('S1 sends its snapshot.')
    d.untilAllApplied(9)
    d.say('The log of S3 begins after the snapshot, and goes on with what came later.')
    d.run(300)
  },
  endings: [
    {
      says: 'The log of S3 begins after entry 8.',
      is: (world) => world.members.get('3')!.core!.baseIndex === 8,
    },
    { says: 'All have applied the same.', is: allAlike },
  ],
}

export const logs: readonly Story[] = [figureEight, slowDisk, snapshots, lyingDisk]
