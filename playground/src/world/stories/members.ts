/** Members that come and go, and what is read. */
import { linksBetween } from '../action.ts'
import { allAlike, isCommitted, leaders, nothingBroken, type Story } from './story.ts'

const jointConsensus: Story = {
  id: 'joint-consensus',
  title: 'Joint consensus',
  text: 'Two of three members are exchanged at once: from S1, S2, S3 to S1, S4, S5. Were each to switch when it hears of it, old and new could decide apart for a moment. So there is a phase in between in which every decision needs both majorities, whoever hears of what when.',
  founders: 3,
  seed: 17,
  play(d) {
    d.patience({ 1: 0, 2: 70, 3: 80 })
    d.untilLeads('1')
    d.untilAllApplied(2)
    d.say('S1 leads a group of three. Two newcomers join as learners: they receive the log and have no vote.')
    for (const [index, id] of [
      [3, '4'],
      [4, '5'],
    ] as const) {
      d.act({ kind: 'add', member: '1', promote: false })
      d.patience({ [id]: 90 })
      d.until(`S${id} has caught up`, () => (d.member(id)?.commit ?? 0) >= index)
    }
    d.run(200)
    d.cut(...linksBetween(['4'], ['1', '2', '3', '5']), ...linksBetween(['5'], ['1', '2', '3', '4']))
    d.act({
      kind: 'place',
      member: '1',
      places: [
        ['2', 'out'],
        ['3', 'out'],
        ['4', 'voter'],
        ['5', 'voter'],
      ],
    })
    d.say('S2 and S3 are to go, S4 and S5 to vote. But S4 and S5 are cut off at this moment.')
    d.until('S2 and S3 have it on disk', () => ['2', '3'].every((id) => d.member(id).core!.durableIndex >= 5))
    d.run(250)
    d.say(
      'All the old voters have the joint configuration on disk. That is one majority; it needs both, so nothing is committed.',
    )
    d.heal()
    d.until('the change is committed', ({ safety }) => safety.highest >= 5)
    d.say(
      'With S4 there is a majority of the new ones as well: the joint configuration is committed, and S1 ends the change by a second entry.',
    )
    d.until(
      'S2 and S3 know that they are out',
      () => d.member('1').core!.configuration!.configuration.outgoing === null && d.member('1').commit >= 6,
    )
    d.run(600)
    d.say('The change is done. S2 and S3 take part in nothing any more, and can be stopped.')
    d.kill('2', '3')
    d.propose('1')
    d.until('the command is committed', (world) => isCommitted(world, 1))
    d.untilAllApplied(d.lastIndex('1'))
    d.run(300)
  },
  endings: [
    {
      says: 'S1, S4 and S5 are the voters.',
      is: (world) =>
        world.members
          .get('1')!
          .core!.configuration!.configuration.voters.map(({ id }) => id)
          .sort()
          .join() === '1,4,5',
    },
    { says: 'They commit without S2 and S3.', is: (world) => isCommitted(world, 1) && allAlike(world) },
    { says: 'No rule was broken.', is: nothingBroken },
  ],
}

const promotion: Story = {
  id: 'learner',
  title: 'A newcomer learns before it votes',
  text: 'A new member has an empty log. Were it to vote at once, a majority could hang on a member that knows nothing. So it begins as a learner, which counts in no majority, and the leader makes it a voter by itself when it has caught up.',
  founders: 3,
  seed: 9,
  play(d) {
    d.patience({ 2: 0, 1: 70, 3: 80 })
    d.untilLeads('2')
    for (let i = 0; i < 4; i++) {
      d.propose('2')
      d.run(70)
    }
    d.untilAllApplied(6)
    d.say('S2 leads a group of three, with some entries in its log.')
    d.run(150)
    d.act({ kind: 'add', member: '2', promote: true })
    d.say('S4 starts with an empty log. S2 adds it as a learner, which is to be promoted.')
    d.patience({ 4: 90 })
    d.until('S4 has some of it', () => d.member('4').core!.lastIndex >= 4)
    d.say('S4 receives the log, entry by entry. A majority is still two of three.')
    d.until('S4 votes', () => d.member('2').core!.configuration!.configuration.voters.length === 4)
    d.say('It has caught up: S2 makes it a voter, by one more change of the configuration.')
    d.untilAllApplied(d.lastIndex('2'))
    d.run(400)
    d.untilAllApplied(d.lastIndex('2'))
    d.say('Four voters: a majority is three from now on.')
    d.run(200)
  },
  endings: [
    {
      says: 'S4 is a voter.',
      is: (world) =>
        world.members.get('4')!.core!.configuration!.configuration.voters.some(({ id }) => id === '4'),
    },
    { says: 'All logs are alike.', is: allAlike },
  ],
}

const staleRead: Story = {
  id: 'stale-read',
  title: 'A read that would be stale',
  text: 'S1 was the leader and is cut off, without knowing it. Were it to answer reads from what it has, they would be of the past. A linearizable read costs a round of heartbeats: only a majority can confirm that nobody else leads, and here it doesn’t.',
  founders: 5,
  seed: 15,
  play(d) {
    d.patience({ 1: 0, 3: 5, 2: 70, 4: 80, 5: 90 })
    d.untilLeads('1')
    d.propose('1')
    d.untilAllApplied(3)
    d.run(190)
    d.say('S1 leads, and x = 1.')
    d.act({ kind: 'read', member: '4', stale: false })
    d.until('S4 has answered', ({ calls }) => calls.reads[0]!.state === 'answered')
    d.say(
      'Any member answers reads: S4 asks S1 for the commit index, S1 asks a majority whether it still leads.',
    )
    d.run(100)
    d.cutOff('1')
    d.say('Now S1 is cut off. It goes on for a while as if nothing had happened.')
    d.until('S3 asks', () => d.member('3').ballot !== null)
    d.act({ kind: 'read', member: '1', stale: false })
    d.untilLeads('3')
    d.run(80)
    d.propose('3')
    d.until('x = 2 is committed', (world) => isCommitted(world, 2))
    d.say('S3 leads the others, and x = 2 is committed.')
    d.act({ kind: 'read', member: '1', stale: true })
    d.say(
      'A stale read at S1, asked for by name, gives x = 1. A linearizable one still waits for a majority.',
    )
    d.until('the read is refused', ({ calls }) => calls.reads[1]!.state === 'refused')
    d.say('S1 has given up leading, and refuses the read: whoever asked can ask elsewhere.')
    d.act({ kind: 'read', member: '3', stale: false })
    d.until('S3 has answered', ({ calls }) => calls.reads[3]!.state === 'answered')
    d.say('S3 answers x = 2.')
    d.run(400)
  },
  endings: [
    { says: 'The stale read gave x = 1.', is: ({ calls }) => calls.reads[2]!.answer === 'x = 1' },
    {
      says: 'The linearizable read at S1 was refused.',
      is: ({ calls }) => calls.reads[1]!.state === 'refused',
    },
    { says: 'The one at S3 gave x = 2.', is: ({ calls }) => calls.reads[3]!.answer === 'x = 2' },
    {
      says: 'No rule was broken, and S3 leads.',
      is: (world) => nothingBroken(world) && leaders(world).join() === '3',
    },
  ],
}

export const members: readonly Story[] = [jointConsensus, promotion, staleRead]
