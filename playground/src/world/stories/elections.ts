/** Who leads, and who doesn't. */
import { allAlike, isCommitted, isLost, leaders, nothingBroken, type Story } from './story.ts'

const calmStart: Story = {
  id: 'calm-start',
  title: 'A leader is elected',
  text: 'Nobody leads at first. Whoever waits least asks whether it would be elected, then asks for votes, and leads once a majority has voted for it. From then on its heartbeats keep the others from asking, and every command goes through its log.',
  founders: 5,
  seed: 11,
  play(d) {
    d.say('Each member waits for a leader, as long as chance says: the arcs run down.')
    d.patience({ 3: 5 })
    d.until('S3 asks', () => d.member('3').ballot !== null)
    d.say('S3 has waited least. First it asks for pre-votes, which change nothing: would you elect me?')
    d.until('S3 is a candidate', () => d.member('3').ballot?.role === 'candidate')
    d.say('A majority would. Now it begins term 2 and asks for votes, once its own vote is on disk.')
    d.untilLeads('3')
    d.say('A majority has voted for it: S3 leads, and begins its term with an empty entry.')
    d.run(500)
    d.say('Clients hand it commands. An entry is committed when a majority has it on disk.')
    for (let i = 0; i < 3; i++) {
      d.propose('3')
      d.run(60)
    }
    d.untilAllApplied(d.lastIndex('3'))
    d.patience({ 3: null })
    d.run(400)
  },
  endings: [
    { says: 'S3 leads, and nobody else.', is: (world) => leaders(world).join() === '3' },
    {
      says: 'All three commands are committed.',
      is: (world) => [1, 2, 3].every((n) => isCommitted(world, n)),
    },
    { says: 'All logs are alike.', is: allAlike },
  ],
}

const splitVote: Story = {
  id: 'split-vote',
  title: 'Split vote',
  text: 'S5 is down, and S1 and S2 time out at the same moment. Each gets its own vote and one more, and nobody three of five: the term ends without a leader. Since timeouts are drawn anew for each attempt, one of them is first the next time.',
  founders: 5,
  seed: 4,
  play(d) {
    d.say('S5 is down. S1 and S2 happen to wait equally long.')
    d.kill('5')
    d.patience({ 1: 10, 2: 10, 3: 90, 4: 90 })
    d.cut(['1', '4'], ['2', '3'])
    d.until('both ask', () => ['1', '2'].every((id) => d.member(id).ballot !== null))
    d.say('Both ask at the same moment. S1 doesn’t reach S4, nor S2 S3, for now.')
    d.until('both are candidates', () => ['1', '2'].every((id) => d.member(id).ballot?.role === 'candidate'))
    d.say('Both are candidates of term 2, and each has voted for itself.')
    d.until('both have two votes', () => ['1', '2'].every((id) => d.member(id).ballot?.yes.length === 2))
    d.say(
      'S3 voted for S1 and S4 for S2: two of five each. Nobody may change a vote, so term 2 has no leader.',
    )
    d.heal()
    d.run(300)
    d.say('The next timeouts are drawn by chance again: one comes first.')
    d.patience({ 1: null, 2: null, 3: null, 4: null })
    d.until('somebody leads', (world) => leaders(world).length === 1)
    d.say('This time nobody was in the way.')
    d.untilAllApplied(2)
    d.run(300)
  },
  endings: [
    { says: 'One member leads.', is: (world) => leaders(world).length === 1 },
    {
      says: 'Its term is later than 2, the term of the split vote.',
      is: (world) => world.members.get(leaders(world)[0] ?? '')!.core!.standing.term > 2,
    },
    { says: 'No rule was broken.', is: nothingBroken },
  ],
}

const oldLeader: Story = {
  id: 'old-leader',
  title: 'An old leader comes back',
  text: 'S1 leads, and is cut off with S2. A command that it takes now can’t reach a majority, so it is never committed; the other three elect S4 and go on. When the link is mended, S1 learns of the newer term, follows, and the entry that nobody was told of is overwritten.',
  founders: 5,
  seed: 21,
  play(d) {
    d.patience({ 1: 0, 4: 20, 2: 80, 3: 90, 5: 95 })
    d.untilLeads('1')
    d.propose('1')
    d.untilAllApplied(3)
    d.say('S1 leads, and x = 1 is committed everywhere.')
    d.run(200)
    d.cutOff('1', '2')
    d.say('Now S1 and S2 are cut off. S1 doesn’t know yet.')
    d.run(120)
    d.propose('1')
    d.say('A client hands S1 the command x ← 2. It gets no further than S2: two of five.')
    d.untilLeads('4')
    d.say('The others hear no leader any more. They elect S4, in a new term.')
    d.run(250)
    d.propose('4')
    d.until('x = 3 is committed', (world) => isCommitted(world, 3))
    d.say('S4 commits x = 3 with three of five. S1 hears no majority, and has given up leading by itself.')
    d.run(900)
    d.heal()
    d.say('The link is mended. S1 and S2 hear of the newer term.')
    d.untilAllApplied(d.lastIndex('4'))
    d.say('Their entry of the old term was never committed. It has been overwritten by what was.')
    d.run(400)
  },
  endings: [
    { says: 'S4 leads alone.', is: (world) => leaders(world).join() === '4' },
    { says: 'x ← 2 is lost, which nobody had been told was done.', is: (world) => isLost(world, 2) },
    { says: 'x ← 1 and x ← 3 are committed.', is: (world) => isCommitted(world, 1) && isCommitted(world, 3) },
    {
      says: 'All logs are alike, and no rule was broken.',
      is: (world) => allAlike(world) && nothingBroken(world),
    },
  ],
}

const preVote: Story = {
  id: 'pre-vote',
  title: 'A lonely member disturbs nobody',
  text: 'S5 is cut off. It times out again and again, but it only asks for pre-votes, and gets none: its term doesn’t grow. So when it comes back, no newer term throws the leader out, and nobody notices more than a follower that catches up.',
  founders: 5,
  seed: 8,
  play(d) {
    d.patience({ 2: 0, 1: 70, 3: 80, 4: 90, 5: 10 })
    d.untilLeads('2')
    d.untilAllApplied(2)
    d.run(150)
    d.cutOff('5')
    d.say('S2 leads. S5 is cut off, and hears nobody.')
    d.until('S5 asks', () => d.member('5').ballot !== null)
    d.say(
      'S5 has timed out. It asks whether it would be elected, and nobody answers. Its term stays as it is.',
    )
    d.propose('2')
    d.run(1500)
    d.propose('2')
    d.run(1500)
    d.say('However long that lasts: without a majority it begins no term.')
    d.heal()
    d.say('S5 is back. Even if it asks now, the others hear their leader, and refuse.')
    d.untilAllApplied(d.lastIndex('2'))
    d.run(600)
  },
  endings: [
    { says: 'S2 still leads.', is: (world) => leaders(world).join() === '2' },
    {
      says: 'It is still term 2, everywhere.',
      is: (world) => [...world.members.values()].every(({ core }) => core!.standing.term === 2),
    },
    { says: 'S5 has caught up.', is: allAlike },
  ],
}

const oneWay: Story = {
  id: 'one-way',
  title: 'A leader that nobody can answer',
  text: 'What S1 sends arrives, but what is sent to S1 doesn’t. Its heartbeats would keep everybody quiet for ever, while nothing can be committed. So a leader that has heard no majority for an election timeout gives up, falls silent, and the others elect somebody else.',
  founders: 5,
  seed: 13,
  play(d) {
    d.patience({ 1: 0, 3: 15, 2: 70, 4: 80, 5: 90 })
    d.untilLeads('1')
    d.untilAllApplied(2)
    d.run(150)
    d.cut(...['2', '3', '4', '5'].map((id) => [id, '1'] as const))
    d.say('From now on S1 hears nobody, though everybody hears S1.')
    d.propose('1')
    d.run(400)
    d.say('Its command is on every disk, but no answer comes back: S1 can’t know, and commits nothing.')
    d.until('S1 gives up', () => !d.leads('1'))
    d.say('S1 has heard no majority for an election timeout: it gives up.')
    d.untilLeads('3')
    d.say('S3 leads. What was on every disk is committed now, by an entry of S3’s own term.')
    d.until('x = 1 is committed', (world) => isCommitted(world, 1))
    d.heal()
    d.untilAllApplied(d.lastIndex('3'))
    d.run(300)
  },
  endings: [
    { says: 'S3 leads alone.', is: (world) => leaders(world).join() === '3' },
    { says: 'The command that S1 took is committed after all.', is: (world) => isCommitted(world, 1) },
    { says: 'All logs are alike.', is: allAlike },
  ],
}

const handOver: Story = {
  id: 'hand-over',
  title: 'Leadership is handed over',
  text: 'S1 is to be stopped for an update. Killing it would cost an election timeout. Instead it hands over: it brings S4 up to date, takes no more commands, and tells it to campaign at once, without waiting and without pre-votes.',
  founders: 5,
  seed: 3,
  play(d) {
    d.patience({ 1: 0, 2: 60, 3: 70, 4: 80, 5: 90 })
    d.untilLeads('1')
    d.propose('1')
    d.untilAllApplied(3)
    d.run(200)
    d.say('S1 leads. It is asked to hand over to S4.')
    d.act({ kind: 'transfer', member: '1', to: '4' })
    d.run(10)
    d.say('S4 holds all that S1 holds, so S1 tells it to campaign at once.')
    d.until('S4 is a candidate', () => d.member('4').core!.standing.role === 'candidate')
    d.say(
      'The others would refuse anybody while they hear a leader. This request says that the leader itself wants it.',
    )
    d.untilLeads('4')
    d.say('S4 leads, in less time than a single election timeout.')
    d.propose('4')
    d.untilAllApplied(d.lastIndex('4'))
    d.run(300)
  },
  endings: [
    {
      says: 'S4 leads alone, in term 3.',
      is: (world) => leaders(world).join() === '4' && world.members.get('4')!.core!.standing.term === 3,
    },
    { says: 'Both commands are committed.', is: (world) => isCommitted(world, 1) && isCommitted(world, 2) },
    { says: 'All logs are alike.', is: allAlike },
  ],
}

export const elections: readonly Story[] = [calmStart, splitVote, oldLeader, preVote, oneWay, handOver]
