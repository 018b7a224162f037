/** The same with four hosts in two zones, one of which is lost: some groups stop, and a person has to say what is to become of them. */
import { execFileSync } from 'node:child_process'
import { zoneOf } from './hosts.ts'
import type { Placement } from './placement.ts'
import type { Telling } from './telling.ts'

const shops = ['bergen', 'lyon', 'osaka', 'quito', 'turin']

/** @param withRegistry whether the zone is lost that has most voters of the control group. @returns whether all is as it should be. */
export async function twoZones(
  telling: Telling,
  ids: readonly string[],
  withRegistry: boolean,
): Promise<boolean> {
  const { processes } = telling
  telling.say(`${ids.length} processes: ${ids.join(', ')}; their first letter is their zone`)
  await telling.found(ids, shops)
  const placement = await telling.settle()
  telling.show()
  const zone = await zoneToLose(telling, withRegistry)
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
  await findStopped(telling, withRegistry ? [...stopping, 'the registry'] : stopping)

  await recover(telling, withRegistry ? [`rafted recover --all ${PLACE}`] : await refused(telling, lost[0]!))
  await telling.goOn(shops)
  telling.say('all groups have acknowledged commands since')
  for (const id of lost) if ((await processes.any().removeDeadHost(id)) !== null) return false
  await telling.until('all that is left to be used', async () => areOnAll(await telling.look()))
  telling.say(`${lost.join(' and ')} are given up, and each group is on both hosts that are left`)
  return await telling.account()
}

/** Without most of its voters the registry stops as well, and can't be asked any more. */
async function zoneToLose(telling: Telling, withRegistry: boolean): Promise<string> {
  let voters: string[] = []
  await telling.until('three hosts to vote in the control group', async () => {
    voters = await telling.processes.any().controlVoters()
    return voters.length === 3
  })
  const of = (zone: string): number => voters.filter((id) => zoneOf(id) === zone).length
  const [most, other] = of('a') > of('b') ? (['a', 'b'] as const) : (['b', 'a'] as const)
  telling.say(
    `the registry itself has two of its three voters in ${most}: without ${most} it would stop as well`,
  )
  return withRegistry ? most : other
}

const membersIn = ({ groups }: Placement, shop: string, zone: string): number =>
  groups.find(({ name }) => name === shop)!.hosts.filter((id) => zoneOf(id) === zone).length

/** Those that were led in the lost zone have another leader after a moment. The others never have. */
async function findStopped(telling: Telling, stopping: readonly string[]): Promise<void> {
  await telling.until('those that stopped to be all that have no leader', async () => {
    const found = await telling.processes.any().withoutLeader()
    const names = found.map((name) => name ?? 'the registry')
    return names.toSorted().join() === stopping.join()
  })
  telling.say(`groups without a leader: ${stopping.join(', ')}`)
}

/** @returns the commands in the message that says why the host is not given up. */
async function refused(telling: Telling, id: string): Promise<string[]> {
  const message = String(await telling.processes.any().removeDeadHost(id))
  telling.say(`removeDeadHost('${id}') is refused:`)
  telling.board.say(message)
  return [...message.matchAll(/rafted recover '.*?' DIRECTORY\.\.\./g)].map(([command]) => command)
}

/** In a command, for the directories of all hosts that are left. */
const PLACE = 'DIRECTORY...'

/** As the message says, and docs/recovery.md: stop the hosts that are left, run the commands, start the hosts. */
async function recover(telling: Telling, commands: readonly string[]): Promise<void> {
  const { processes } = telling
  const left = processes.ids
  await processes.stop(...left)
  const directories = left.map((id) => processes.directoryOf(id)).join(' ')
  for (const command of commands) {
    telling.say(`$ ${command.replace(PLACE, left.map((id) => `data/${id}`).join(' '))}`)
    telling.board.say(shell(command.replace(PLACE, directories)).trimEnd())
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
