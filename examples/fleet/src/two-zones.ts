/** The same with four hosts in two zones, one of which is lost: some groups stop, and a person has to say what is to become of them. */
import { execFileSync } from 'node:child_process'
import { zoneOf } from './hosts.ts'
import type { Placement } from './placement.ts'
import type { Telling } from './telling.ts'

const shops = ['bergen', 'lyon', 'osaka', 'quito', 'turin']

/** @returns whether all is as it should be. */
export async function twoZones(telling: Telling, ids: readonly string[]): Promise<boolean> {
  const { processes } = telling
  telling.say(`${ids.length} processes: ${ids.join(', ')}; their first letter is their zone`)
  await telling.found(ids, shops)
  const placement = await telling.settle()
  telling.show()
  const zone = await zoneToLose(telling)
  const stopping = shops.filter((shop) => membersIn(placement, shop, zone) === 2)
  const goingOn = shops.filter((shop) => !stopping.includes(shop))
  telling.say('three members in two zones: two are in the same one, and a group does not outlive that')
  telling.say(`if ${zone} is lost, ${stopping.join(', ')} stop, and ${goingOn.join(', ')} go on`)
  await telling.goOn(shops)
  // Else what one member lacks when the others are lost, is lost with them.
  await telling.pause()

  const lost = processes.ids.filter((id) => zoneOf(id) === zone)
  await processes.kill(...lost)
  telling.deliveries.resume()
  telling.say(`zone ${zone} is lost: ${lost.join(' and ')} are killed`)
  await telling.goOn(goingOn)
  telling.say(`${goingOn.join(', ')} have acknowledged commands since`)
  await findStopped(telling, stopping)

  const refusal = await processes.any().removeDeadHost(lost[0]!)
  telling.say(`removeDeadHost('${lost[0]}') is refused:`)
  telling.board.say(String(refusal))
  await recover(telling, refusal ?? '')
  await telling.goOn(shops)
  telling.say('all groups have acknowledged commands since')
  for (const id of lost) if ((await processes.any().removeDeadHost(id)) !== null) return false
  await telling.until('all that is left to be used', async () => areOnAll(await telling.look()))
  telling.say(`${lost.join(' and ')} are given up, and each group is on both hosts that are left`)
  return await telling.account()
}

/** That of which fewer hosts vote in the control group: the registry goes on then, and can be asked. */
async function zoneToLose(telling: Telling): Promise<string> {
  let voters: string[] = []
  await telling.until('three hosts to vote in the control group', async () => {
    voters = await telling.processes.any().controlVoters()
    return voters.length === 3
  })
  const of = (zone: string): number => voters.filter((id) => zoneOf(id) === zone).length
  const [safe, other] = of('a') > of('b') ? ['a', 'b'] : ['b', 'a']
  telling.say(
    `the registry itself has two of its three voters in ${safe}: without ${safe} it would stop as well`,
  )
  return other!
}

const membersIn = ({ groups }: Placement, shop: string, zone: string): number =>
  groups.find(({ name }) => name === shop)!.hosts.filter((id) => zoneOf(id) === zone).length

/** Those that were led in the lost zone have another leader after a moment, the registry as well. The others never have. */
async function findStopped(telling: Telling, stopping: readonly string[]): Promise<void> {
  await telling.until('those that stopped to be all that have no leader', async () => {
    const found = await telling.processes.any().withoutLeader()
    return found.toSorted().join() === stopping.join()
  })
  telling.say(`groups without a leader: ${stopping.join(', ')}`)
}

/** What the message says, word by word: stop the hosts that are left, run the commands, start the hosts. */
async function recover(telling: Telling, message: string): Promise<void> {
  const { processes } = telling
  const left = processes.ids
  await processes.stop(...left)
  const directories = left.map((id) => processes.directoryOf(id)).join(' ')
  for (const [command] of message.matchAll(/rafted recover '.*?' DIRECTORY\.\.\./g)) {
    telling.say(`$ ${command.replace('DIRECTORY...', left.map((id) => `data/${id}`).join(' '))}`)
    telling.board.say(shell(command.replace('DIRECTORY...', directories)).trimEnd())
  }
  processes.start(...left)
  await Promise.all(left.map((id) => processes.at(id).takesPart()))
}

/** Types it in a shell that finds `rafted`. */
function shell(command: string): string {
  const program = new URL('./rafted.js', import.meta.resolve('@rafted/cli')).pathname
  return execFileSync('sh', ['-c', `rafted() { "$NODE" "$RAFTED" "$@"; }; ${command}`], {
    encoding: 'utf8',
    env: { ...process.env, NODE: process.execPath, RAFTED: program },
  })
}

const areOnAll = (placement: Placement | null): boolean =>
  placement?.hosts.length === 2 &&
  placement.groups.every(
    ({ hosts, leader, isMoving }) =>
      leader !== null && !isMoving && placement.hosts.every(({ id }) => hosts.includes(id)),
  )
