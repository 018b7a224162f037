/**
 * The events that show values. They are told by the leader only, and made only for whoever asks for their kind by name: where nobody does,
 * a command costs nothing for them.
 */
import type { Level } from './observer.ts'

interface Head<Kind extends string> {
  readonly kind: Kind
  readonly level: Level
  readonly group: string
}

/** Values are undefined where the machine has none to show (values changed in place); nobody may change them. */
export type ValueEvent =
  /** A command has been committed and applied. */
  | (Head<'command-committed'> & {
      readonly before: unknown
      readonly command: unknown
      readonly result: unknown
      readonly after: unknown
    })
  /** A linearizable query has been answered. */
  | (Head<'query-answered'> & { readonly value: unknown; readonly query: unknown; readonly answer: unknown })
  /** A member has become part of the committed configuration. */
  | (Head<'follower-added'> & { readonly value: unknown; readonly member: string })
  /** A member is no longer part of the committed configuration. */
  | (Head<'follower-removed'> & { readonly value: unknown; readonly member: string })
  /** This member has won an election. That it may act on it is told by `leadership-gained`. */
  | (Head<'elected'> & { readonly value: unknown })
  /** This member leads a group whose value was read back when it started. */
  | (Head<'restored'> & { readonly value: unknown })

/** What `wants` of an observer is asked. */
export type ValueEventKind = ValueEvent['kind']
