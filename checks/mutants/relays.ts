/** Faults of hosts that pass requests on, and of clients that ask them to. */
import { type Mutant, plantedIn } from './mutant.ts'

const host = plantedIn('packages/host/src').mutant
const client = plantedIn('packages/client/src').mutant

export const relays: readonly Mutant[] = [
  host(
    'relays-dial-whom-a-client-names',
    'relays.ts',
    'if (!addresses(group).includes(to))',
    'if (to.length === 0)',
    'A client names an address of the hosts’ own network that has nothing to do with any group. The host connects to it.',
    'test host test/relays.test.ts no host is asked that is none of the group’s',
  ),
  host(
    'relays-do-what-the-client-may-not',
    'rights.ts',
    "const request = asked.kind === 'relay' ? asked.request : asked",
    "if (asked.kind === 'relay') return null\n    const request = asked",
    'A client that may only read asks a host to pass its command on. To the leader it is a request of a host.',
    'test host test/relays.test.ts a client is let do through others',
  ),
  host(
    'relays-pass-a-copy-on-as-well',
    'requests.ts',
    'if (!this.#taken.take(from.reply, request.id)) return\n',
    "if (request.kind !== 'relay' && !this.#taken.take(from.reply, request.id)) return\n",
    'The network repeats a request to change members. Passed on twice, the second is refused since the members have changed, and the client takes that for its answer.',
    'test host test/relays.test.ts a copy asks nobody twice',
  ),
  host(
    'relays-are-never-too-many',
    'relays.ts',
    'else if (this.#underWay >= MAX_UNDER_WAY)',
    'else if (this.#underWay < 0)',
    'The leader is stopped. A host keeps each request that it has passed on, of all clients, for a minute.',
    'test host test/relays.test.ts so many at a time',
  ),
  client(
    'relays-are-used-for-ever',
    'ways.ts',
    'if (isThere && this.#ways.get(address) === way) this.#ways.delete(address)',
    'void isThere',
    'A leader could not be reached for a moment. All that the client asks goes through another host from then on.',
    'test client test/ways.test.ts now and then it is tried directly again',
  ),
  client(
    'relays-stand-in-for-what-is-slow',
    'ways.ts',
    "} else if (code === 'unreachable') this.#goThrough(address, group, way)",
    '} else this.#goThrough(address, group, way)',
    'A leader is slow. Its clients have others ask it in their place, which wait as well: one more hop, and more to do for all.',
    'test client test/ways.test.ts a slow host is waited for',
  ),
  client(
    'relays-through-a-silent-host',
    'ways.ts',
    'if (this.#silent.has(way.via)) this.#goThrough(address!, request.group, way)',
    '',
    'The host through which a client reaches the leader hangs. Calls that are short of time wait for it, one after the other, though another host answers.',
    'test client test/ways.test.ts has stopped answering is not asked to pass anything on',
  ),
  client(
    'relays-of-no-use-are-asked-again-and-again',
    'ways.ts',
    '      way.useless.add(way.via)\n      this.#silent.failed(way.via, code)\n      way.via = null\n',
    '',
    'The host through which a client asks is stopped. It goes on asking that one, though the leader can be dialled by now.',
    'test client test/ways.test.ts a way that is of no use is given up',
  ),
  client(
    'relays-go-through-the-same-one-again',
    'ways.ts',
    '      way.useless.add(way.via)\n',
    '',
    'A client can’t dial the leader, nor can the host through which it asks, which answers all else. Another host could pass it on, and is never asked (80002000).',
    'test client test/ways.test.ts one that can not pass on either',
  ),
]
