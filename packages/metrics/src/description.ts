/** Every metric there is, described once: what both outputs, the table in docs/metrics.md and the checks of dashboard and alerts are made from. */

/** What a metric is told of, and by which labels. Each has `host` as well, where one is watched. */
export type Scope =
  /** The host, or its process. */
  | 'host'
  /** Each group that runs on the host: `group`. */
  | 'group'
  /** Each peer of a member that leads: `group`, `peer`, which is the id of the peer's host. */
  | 'peer'
  /** Each group that clients of this process call, whether or not it runs here: `group`. */
  | 'caller'

/** A label of a metric's own, and all of its values. */
export interface OwnLabel {
  readonly name: string
  readonly values: readonly string[]
}

/** What is said of a metric. */
export interface MetricDescription {
  readonly kind: 'counter' | 'gauge'
  readonly scope: Scope
  /** As UCUM has it: seconds, bytes, or what is counted, in braces. */
  readonly unit: 's' | 'By' | `{${string}}`
  readonly help: string
  readonly label?: OwnLabel
  /** How the values of several groups become that of those beyond the cap. Default: they are added. */
  readonly merged?: 'max'
}

/** Counts what has happened: it only grows. */
export interface CounterDescription extends MetricDescription {
  readonly kind: 'counter'
}

/** Says how much there is of something now. */
export interface GaugeDescription extends MetricDescription {
  readonly kind: 'gauge'
}

type Unit = MetricDescription['unit']
type More = Pick<MetricDescription, 'label' | 'merged'>

function counter(scope: Scope, unit: Unit, help: string, more: More = {}): CounterDescription {
  return { kind: 'counter', scope, unit, help, ...more }
}

function gauge(scope: Scope, unit: Unit, help: string, more: More = {}): GaugeDescription {
  return { kind: 'gauge', scope, unit, help, ...more }
}

const WORST: More = { merged: 'max' }
const PERCENTILES: OwnLabel = { name: 'percentile', values: ['50', '99', '100'] }

const members = {
  'rafted.members': gauge(
    'group',
    '{member}',
    'Members here by what they are: 1 for what it is, 0 for the rest. waiting: the group was started here and has no member yet. stopped: it takes part in nothing any more, and the log of the host says why',
    {
      label: {
        name: 'state',
        values: ['leader', 'follower', 'pre-candidate', 'candidate', 'waiting', 'stopped', 'removed'],
      },
    },
  ),
  'rafted.members.leaderless': gauge(
    'group',
    '{member}',
    '1 while the member takes part and knows no leader',
  ),
  'rafted.members.damaged': gauge(
    'group',
    '{member}',
    '1 while something is wrong with the member’s log, and it is getting that back from others',
  ),
  'rafted.members.stuck': gauge(
    'group',
    '{member}',
    '1 while there is an entry of a damaged log that no other member gives',
  ),
  'rafted.member.stops': counter('group', '{member}', 'Members that have stopped for good, by why', {
    label: { name: 'reason', values: ['member-stopped', 'member-removed'] },
  }),
  'rafted.voters': gauge('group', '{member}', 'Voters of the configuration that the member goes by'),
  'rafted.learners': gauge('group', '{member}', 'Learners of the configuration that the member goes by'),
  'rafted.changes.pending': gauge(
    'group',
    '{change}',
    '1 while a change of members is under way, as far as the member knows: the configuration is joint, or not committed',
  ),
  'rafted.term': gauge('group', '{term}', 'The member’s term', WORST),
  'rafted.elections': counter('group', '{election}', 'Elections that the member has stood for'),
  'rafted.elections.won': counter('group', '{election}', 'Elections that the member has won'),
  'rafted.leader.changes': counter(
    'group',
    '{leader}',
    'Leaderships that the member has heard of, its own included',
  ),
  'rafted.transfer.time': gauge(
    'group',
    's',
    'For how long the leader here has been handing over; 0 if it is not',
    WORST,
  ),
  'rafted.sessions': gauge('group', '{session}', 'Sessions of clients that the group remembers'),
  'rafted.machine.version': gauge(
    'group',
    '{version}',
    'The version of the machine by which entries are applied',
    WORST,
  ),
  'rafted.joins.failed': counter(
    'group',
    '{attempt}',
    'Attempts to join the group that came to nothing, by what became of them',
    { label: { name: 'what', values: ['refused', 'ambiguous', 'failed'] } },
  ),
  'rafted.commands.failed': counter('group', '{command}', 'Commands that made the machine throw'),
  'rafted.hooks.failed': counter('group', '{call}', 'Calls of hooks that threw'),
}

const logs = {
  'rafted.log.last_index': gauge('group', '{entry}', 'Index of the last entry of the log'),
  'rafted.log.commit_index': gauge(
    'group',
    '{entry}',
    'Index up to which the member knows entries to be committed',
  ),
  'rafted.log.applied_index': gauge(
    'group',
    '{entry}',
    'Index up to which entries have been applied to the machine',
  ),
  'rafted.log.uncommitted': gauge('group', '{entry}', 'Entries behind the commit index'),
  'rafted.log.unapplied': gauge('group', '{entry}', 'Committed entries that have not been applied yet'),
  'rafted.log.uncommitted_size': gauge('group', 'By', 'Bytes of the entries behind the commit index'),
  'rafted.log.size': gauge('group', 'By', 'Bytes of the log from where it begins, at a snapshot, to its end'),
  'rafted.log.oldest_age': gauge(
    'group',
    's',
    'Age of the oldest entry of the log, by the group’s own time; 0 for an empty log',
    WORST,
  ),
  'rafted.log.damages': counter('group', '{log}', 'Logs that were found to be damaged'),
  'rafted.log.restored': counter(
    'group',
    '{entry}',
    'Entries of damaged logs that other members have given back, counted when the log is whole',
  ),
  'rafted.log.file_damages': counter(
    'host',
    '{place}',
    'Places in files of the log that are not what was written there, by what that means',
    { label: { name: 'damage', values: ['harmless', 'unreadable', 'lost'] } },
  ),
  'rafted.log.torn_ends': counter('host', '{end}', 'Torn ends that a crash had left and that were cut off'),
  'rafted.log.unreadable': counter(
    'host',
    '{entry}',
    'Entries that are needed and could not be read where the log keeps them',
  ),
  'rafted.snapshot.index': gauge(
    'group',
    '{entry}',
    'Index of the last entry in the newest snapshot here; 0 without one',
  ),
  'rafted.snapshot.size': gauge('group', 'By', 'Bytes of the newest snapshot here; 0 without one'),
  'rafted.snapshot.age': gauge(
    'group',
    's',
    'Age of the newest snapshot here, by the group’s own time; 0 without one',
    WORST,
  ),
  'rafted.snapshots': counter(
    'group',
    '{snapshot}',
    'Snapshots, by what was done with them. set-aside: found to be damaged, and gone on without',
    { label: { name: 'what', values: ['taken', 'sent', 'installed', 'failed', 'set-aside'] } },
  ),
  'rafted.snapshots.at_once': counter(
    'group',
    '{snapshot}',
    'Snapshots of which the machine gave more than 16 MiB at one go, while the process stood still',
  ),
}

const peers = {
  'rafted.peer.lag': gauge(
    'peer',
    '{entry}',
    'Entries of the leader’s log that the peer has not acknowledged',
    WORST,
  ),
  'rafted.peer.silence': gauge('peer', 's', 'How long ago the peer last answered the leader', WORST),
  'rafted.peer.in_flight': gauge('peer', 'By', 'Bytes that were sent to the peer and are not acknowledged'),
  'rafted.peer.slow': gauge('peer', '{group}', '1 while the leader here calls the peer slow'),
  'rafted.peers.slowed': counter(
    'group',
    '{peer}',
    'How often a peer has become slow, as leaders here have found',
  ),
  'rafted.peers.unresponsive': gauge(
    'group',
    '{peer}',
    'Peers that have not answered the leader here for an election timeout',
  ),
  'rafted.hosts.connected': gauge('host', '{host}', 'Hosts that the transport says are there'),
  'rafted.hosts.seen': counter(
    'host',
    '{host}',
    'How often the transport has said that a host is there, or is lost',
    { label: { name: 'state', values: ['up', 'lost'] } },
  ),
  'rafted.batches.refused': counter(
    'host',
    '{batch}',
    'Batches, and parts of snapshots, that came and could not be taken',
  ),
  'rafted.transport.incidents': counter(
    'host',
    '{incident}',
    'What the transport counts of itself, TCP or NATS: each is told on the page of its protocol',
    {
      label: {
        name: 'what',
        values: [
          'violations',
          'refused',
          'failed_handshakes',
          'wrong_certificates',
          'dropped',
          'disconnected',
          'partial',
          'absent',
        ],
      },
    },
  ),
  'rafted.requests.not_allowed': counter(
    'host',
    '{request}',
    'Requests of clients that had no right to them',
  ),
}

const hosts = {
  'rafted.disk.latency': gauge(
    'host',
    's',
    'How long the disk took to answer a write of the log, flush included, in the last minute: half of the answers, 99 of 100, and all took no longer',
    { ...WORST, label: PERCENTILES },
  ),
  'rafted.disk.wait': gauge(
    'host',
    's',
    'For how long a write waits for the disk now; 0 if none does',
    WORST,
  ),
  'rafted.disk.stalls': counter('host', '{answer}', 'Answers of the disk that took longer than slowDiskMs'),
  'rafted.disk.slow': gauge('host', '{disk}', '1 while the host calls its disk slow'),
  'rafted.disk.full': gauge('host', '{disk}', '1 while a write of the log waits for room'),
  'rafted.disk.full_waits': counter('host', '{write}', 'How often a write of the log has found no room'),
  'rafted.storage.failures': counter(
    'host',
    '{failure}',
    'Failures of the storage: it takes nothing more before the host is started anew',
  ),
  'rafted.loop.delay': gauge(
    'host',
    's',
    'How late timers of the host’s process ran in the last minute: half of them, 99 of 100, and all ran no later',
    { ...WORST, label: PERCENTILES },
  ),
  'rafted.worker.failures': counter('host', '{worker}', 'Threads of hosts that have ended by themselves'),
  'rafted.listeners.failed': counter('host', '{call}', 'Calls of listeners for events that threw'),
  'rafted.events': counter('host', '{event}', 'Events that were told, by how much they matter', {
    label: { name: 'level', values: ['debug', 'info', 'warn', 'error'] },
  }),
  'rafted.events.dropped': counter(
    'host',
    '{event}',
    'Events of a host in a worker that had no room, and are counted nowhere else',
  ),
  'rafted.status.unanswered': counter(
    'host',
    '{question}',
    'Members whose status could not be had in time; their gauges are left out of that collection',
  ),
  'rafted.client.retries': counter('caller', '{request}', 'Requests that clients here have sent again'),
  'rafted.client.redirects': counter(
    'caller',
    '{request}',
    'Requests that clients here have sent to another host, as they were told to',
  ),
  'rafted.client.sessions': counter('caller', '{session}', 'Sessions that clients here have opened'),
}

const all = { ...members, ...logs, ...peers, ...hosts }

/** The name of a metric, as OpenTelemetry has it. */
export type MetricName = keyof typeof all
/** Names of the metrics of one kind. */
export type MetricNameOf<Kind extends MetricDescription['kind']> = {
  [Name in MetricName]: (typeof all)[Name] extends { readonly kind: Kind } ? Name : never
}[MetricName]

/** What there is of each metric, by its name. */
export const METRICS: { readonly [Name in MetricName]: MetricDescription } = all

/** Every name, in the order of the tables. */
export const METRIC_NAMES: readonly MetricName[] = Object.keys(all) as MetricName[]

/** What stands as `group` for the groups beyond the cap. A group of this very name stands there, too. */
export const OTHER_GROUPS = 'other'

/** Names of the labels of a metric, in their order. */
export function labelNames(name: MetricName): readonly string[] {
  const { scope, label } = METRICS[name]
  return [
    'host',
    ...(scope === 'host' ? [] : ['group']),
    ...(scope === 'peer' ? ['peer'] : []),
    ...(label === undefined ? [] : [label.name]),
  ]
}

const SUFFIXES: Readonly<Record<string, string>> = { s: '_seconds', By: '_bytes' }

/** The name that Prometheus has for it: what the rules of OpenTelemetry make of name, unit and kind. */
export function prometheusName(name: MetricName): string {
  const { unit, kind } = METRICS[name]
  return `${name.replaceAll('.', '_')}${SUFFIXES[unit] ?? ''}${kind === 'counter' ? '_total' : ''}`
}
