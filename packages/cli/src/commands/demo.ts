/** `rafted demo`: a cluster in this terminal, which loses its leader and goes on. */
import { durationOf, wholeNumberOf } from '../arguments.ts'
import { type Command, WrongUse } from '../command.ts'

export const demo: Command = {
  name: 'demo',
  section: 'try',
  summary: 'a cluster of hosts in this terminal, which loses its leader and goes on',
  text: `Hosts in one process count together. The leader is stopped without a word, another one is elected, the counting goes on, and the host that was stopped comes
back as a new member. On a terminal the members are drawn in place, over and over until Ctrl-C; else each step is told in
lines, and it ends after one round, of five steps. All is in memory: nothing is written, nothing listens.`,
  operands: [],
  options: [
    { name: 'hosts', value: 'N', text: '3 unless it is said; 5 or 7 survive more' },
    { name: 'steps', value: 'N', text: 'end after so many steps' },
    {
      name: 'pace',
      value: 'TIME',
      text: 'how long what a step has come to stays; 2s on a terminal, else none',
    },
  ],
  examples: [
    ['', ''],
    ['--hosts 5 --steps 9', 'two rounds with five hosts'],
  ],
  statuses: 'Ended by Ctrl-C: 0.',
  async run(call) {
    const { screen } = call.terminal
    const hosts = wholeNumberOf('hosts', call.option('hosts'), [1, 9]) ?? 3
    if (hosts < 3) throw new WrongUse('It takes three hosts: of two, none may be missing.')
    const steps =
      wholeNumberOf('steps', call.option('steps'), [1, Number.MAX_SAFE_INTEGER]) ??
      (screen === null ? 5 : Number.POSITIVE_INFINITY)
    const paceMs = durationOf('pace', call.option('pace')) ?? (screen === null ? 0 : 2000)
    const { show } = await import('../demo/show.ts')
    return await show(call, { hosts, steps, paceMs })
  },
}
