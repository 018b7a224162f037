/** Every kind of event there is, where it matters at run time. */
import type { EventKind, ValueEventKind } from '@rafted/contracts'

/** Complete, or it doesn't compile. True for those that show values. */
const KINDS: { readonly [Kind in EventKind]: Kind extends ValueEventKind ? true : false } = {
  'command-committed': true,
  'command-failed': false,
  configuration: false,
  'disk-full': false,
  elected: true,
  'events-dropped': false,
  'feature-level': false,
  fleet: false,
  'follower-added': true,
  'follower-removed': true,
  'hook-failed': false,
  join: false,
  'leadership-gained': false,
  'leadership-lost': false,
  'listener-failed': false,
  'log-damaged': false,
  'log-file-damaged': false,
  'log-opening': false,
  'log-repaired': false,
  'log-restored': false,
  'log-unreadable': false,
  'machine-version': false,
  'member-stopped': false,
  'not-allowed': false,
  peer: false,
  'query-answered': true,
  'refused-batch': false,
  restored: true,
  role: false,
  'slow-disk': false,
  'slow-peer': false,
  snapshot: false,
  'snapshot-at-once': false,
  'repair-stuck': false,
  'snapshot-restoring': false,
  'storage-failed': false,
  'traced-command': false,
  transport: false,
  'worker-failed': false,
}

export const EVENT_KINDS: readonly string[] = Object.keys(KINDS)

export function isEventKind(kind: unknown): kind is EventKind {
  return typeof kind === 'string' && Object.hasOwn(KINDS, kind)
}

export function isValueEventKind(kind: EventKind): kind is ValueEventKind {
  return KINDS[kind]
}
