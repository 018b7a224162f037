/**
 * `npm run explore -- --members 3 --terms 2 --commands 2 …`: explores all that can happen to a group of real cores within these bounds, and
 * prints how far it came and what it found. Ends with 1 if a promise is broken.
 */
import { parseArgs } from 'node:util'
import { isRaftedError } from '@rafted/contracts'
import { type ExplorationProgress, type ExplorationResult, explore } from '@rafted/testing'
import { CommandLine } from './command-line.ts'

const options = {
  members: { type: 'string', default: '3' },
  terms: { type: 'string', default: '2' },
  commands: { type: 'string', default: '1' },
  crashes: { type: 'string', default: '0' },
  'step-downs': { type: 'string', default: '0' },
  heartbeats: { type: 'string', default: '0' },
  'in-order': { type: 'boolean', default: false },
  losses: { type: 'string', default: '0' },
  minutes: { type: 'string', default: '20' },
  'max-states': { type: 'string', default: '40000000' },
} as const
const commandLine = new CommandLine(
  'usage: npm run explore -- [--members N] [--terms N] [--commands N] [--crashes N] [--step-downs N] [--heartbeats N] [--in-order] [--losses N] [--minutes M] [--max-states N]',
)
const values = commandLine.parsed(() => parseArgs({ options }).values)
const minutes = commandLine.natural('minutes', values.minutes)
const began = performance.now()
let shownDepth = -1

const result = run()
report(result)
process.exitCode = result.violation === null ? 0 : 1

function run(): ExplorationResult {
  try {
    return explore({
      members: commandLine.natural('members', values.members),
      terms: commandLine.natural('terms', values.terms),
      commands: commandLine.natural('commands', values.commands),
      crashes: commandLine.natural('crashes', values.crashes),
      stepDowns: commandLine.natural('step-downs', values['step-downs']),
      heartbeats: commandLine.natural('heartbeats', values.heartbeats),
      network: values['in-order'] ? 'in order' : 'any order',
      losses: commandLine.natural('losses', values.losses),
      maxStates: commandLine.natural('max-states', values['max-states']),
      progress,
    })
  } catch (error) {
    if (isRaftedError(error, 'invalid-argument')) return commandLine.stop(error.message)
    throw error
  }
}

function progress(so: ExplorationProgress): boolean {
  if (so.depth !== shownDepth) {
    shownDepth = so.depth
    console.log(`depth ${so.depth}: ${so.states} states, ${so.waiting} waiting, ${seconds().toFixed(0)} s`)
  }
  return seconds() < minutes * 60
}

function report({ violation, ...so }: ExplorationResult): void {
  if (violation !== null) {
    console.log(`broken: ${violation.broken}`)
    for (const line of violation.schedule) console.log(`  ${line}`)
  }
  const { states, unreduced, transitions, depth, waiting, memberStates, messages, coreSteps } = so
  const perSecond = Math.round(states / seconds())
  const forWaiting = waiting === 0 ? '' : `, ${Math.round(so.waitingBytes / waiting)} more while it waits`
  console.log(
    `${so.complete ? 'complete' : 'not complete'}: states ${states} (${unreduced} without symmetry), transitions ${transitions}, depth ${depth}, waiting ${waiting}`,
  )
  console.log(`member states ${memberStates}, messages ${messages}, steps of the core ${coreSteps}`)
  console.log(
    `${seconds().toFixed(1)} s, ${perSecond} states/s, ${Math.round(so.bytesPerState)} bytes/state${forWaiting}`,
  )
  console.log(`violations ${violation === null ? 0 : 1}`)
}

function seconds(): number {
  return (performance.now() - began) / 1000
}
