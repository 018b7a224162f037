/** What people do to a group. Together with the seed, the actions of a scenario decide all that happens in it. */

/** How quickly a disk finishes what is written: in some milliseconds, in half a second and more, or not at all. */
export type Pace = 'quick' | 'slow' | 'stalled'

/** What a member is to be: see `Place` of the core. */
export type Place = 'out' | 'learner' | 'promoted' | 'voter'

/** One way from a member to another. */
export type Link = readonly [from: string, to: string]

/** Members are named `1` to `9`, messages by their numbers. */
export type Action =
  /** A client hands the member a command. */
  | { readonly kind: 'propose'; readonly member: string }
  /** A client reads at the member: linearizably, or, if `stale`, whatever it has. */
  | { readonly kind: 'read'; readonly member: string; readonly stale: boolean }
  /** A leader is to hand over: to this one, or, null, to the best. */
  | { readonly kind: 'transfer'; readonly member: string; readonly to: string | null }
  /** A leader is to put the members where they are to be, by one joint change. */
  | {
      readonly kind: 'place'
      readonly member: string
      readonly places: readonly (readonly [member: string, place: Place])[]
    }
  /** A new member starts with an empty log, and a leader adds it as a learner, to be promoted if `promote`. */
  | { readonly kind: 'add'; readonly member: string; readonly promote: boolean }
  /** The process ends at once. What was not durable is lost. */
  | { readonly kind: 'kill'; readonly member: string }
  | { readonly kind: 'restart'; readonly member: string }
  /** A disk that lies: its member ends, and what it had acknowledged is gone. */
  | { readonly kind: 'forget'; readonly member: string }
  | { readonly kind: 'disk'; readonly member: string; readonly pace: Pace }
  /** The member's election timeouts are fixed, from 0 for the shortest to 99 for almost twice as long; null: by chance. */
  | { readonly kind: 'patience'; readonly member: string; readonly patience: number | null }
  /** It is told that its leader's host seems lost: it waits no longer for it, and campaigns soon. */
  | { readonly kind: 'suspect'; readonly member: string }
  /** The member has a snapshot of all it has applied, and its log begins behind. */
  | { readonly kind: 'snapshot'; readonly member: string }
  /** These links are cut, or mended. */
  | { readonly kind: 'links'; readonly links: readonly Link[]; readonly cut: boolean }
  /** All links are mended. */
  | { readonly kind: 'heal' }
  | { readonly kind: 'drop'; readonly message: number }
  /** It arrives so much later. */
  | { readonly kind: 'delay'; readonly message: number; readonly ms: number }

export type ActionKind = Action['kind']

/** What a world takes at most. A link that asks for more is refused. */
export const limits = {
  /** Founders, and members that there can ever be. */
  leastFounders: 3,
  founders: 7,
  members: 9,
  actions: 1000,
  /** Of all links between nine members. */
  links: 72,
  delayMs: 60_000,
  /** How far a scenario goes: virtual milliseconds, and events. */
  endMs: 600_000,
  steps: 50_000,
} as const

/** An action, and where it falls: after so many events and actions, at this time. */
export interface Timed {
  readonly step: number
  readonly at: number
  readonly action: Action
}

/** A world and what is done to it: the same each time. */
export interface Scenario {
  /** How many members begin the group: 3 to 7. */
  readonly founders: number
  readonly seed: number
  readonly actions: readonly Timed[]
  /** How far it has been watched. */
  readonly end: { readonly step: number; readonly at: number }
}

/** All ways between these and those, both ways. */
export function linksBetween(some: readonly string[], others: readonly string[]): Link[] {
  return some.flatMap((a) =>
    others.flatMap((b): Link[] =>
      a === b
        ? []
        : [
            [a, b],
            [b, a],
          ],
    ),
  )
}
