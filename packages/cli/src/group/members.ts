/** Members of a group, as people name them. */
import { type Clock, RaftedError } from '@rafted/contracts'
import type { Member } from '@rafted/core'
import type { PlacedConfiguration } from 'rafted'
import type { Connection } from '../connection/client.ts'
import { shownName } from '../shown.ts'

/** Beginnings of ids that are shorter could be those of hosts. */
const LEAST_OF_ID = 4
const LOOK_MS = 250

type Asked = Pick<Connection, 'client' | 'timeoutMs'>

/** @returns the configuration in effect, as the leader has it. @throws {RaftedError} */
export async function membersOf({ client, timeoutMs }: Asked, group: string): Promise<PlacedConfiguration> {
  const status = await client.status(group, { timeoutMs })
  if (status?.configuration != null) return status.configuration
  throw new RaftedError(
    'no-leader',
    `The leader of group ${shownName(group)} does not know its members yet.`,
    {
      outcome: 'not-applied',
    },
  )
}

/** @param named a host, an id, or the beginning of one. @returns its id. @throws {RaftedError} `no-such-member`. */
export async function memberNamed(asked: Asked, group: string, named: string): Promise<string> {
  const all = allOf(await membersOf(asked, group))
  const ofHost = all.filter(({ host }) => host === named)
  const found =
    ofHost.length > 0 || named.length < LEAST_OF_ID ? ofHost : all.filter(({ id }) => id.startsWith(named))
  const [member, ...others] = found
  if (member !== undefined && others.length === 0) return member.id
  const which = all.map(({ host, id }) => `${shownName(host)} (${id})`).join(', ')
  const problem =
    member === undefined
      ? `has no member ${shownName(named)}`
      : `has several members that ${shownName(named)} may mean`
  throw new RaftedError('no-such-member', `Group ${shownName(group)} ${problem}; it has ${which}.`, {
    outcome: 'not-applied',
    details: { group, member: named },
  })
}

/** Waits until the group has a member on this host. @returns its id. @throws {RaftedError} `timeout`. */
export async function whenJoined(
  { client, timeoutMs, clock }: Asked & { readonly clock: Clock },
  group: string,
  host: string,
): Promise<string> {
  const until = clock.now() + timeoutMs
  for (;;) {
    const member = allOf(await membersOf({ client, timeoutMs }, group)).find((each) => each.host === host)
    if (member !== undefined) return member.id
    if (clock.now() + LOOK_MS > until)
      throw new RaftedError(
        'timeout',
        `Host ${shownName(host)} has not joined group ${shownName(group)}. Start it: rafted start --id ${host} --group ${group} --join ADDRESSES`,
        { outcome: 'not-applied', details: { group, host } },
      )
    await new Promise<void>((resolve) => clock.after(LOOK_MS, resolve))
  }
}

function allOf({ configuration: { voters, outgoing, learners } }: PlacedConfiguration): Member[] {
  const all = new Map([...voters, ...(outgoing ?? []), ...learners].map((member) => [member.id, member]))
  return [...all.values()]
}
