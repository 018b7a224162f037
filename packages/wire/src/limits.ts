/**
 * How long things may be, in bytes. Names are checked where they are given to Rafted; the wire refuses what is longer in
 * both directions, so that no reader needs room for more than it expects.
 */

/** Ids of members and hosts, and group incarnations: at least 1, at most this. */
export const MAX_ID_BYTES = 64
/** Names of clusters, groups and senders, and addresses. */
export const MAX_NAME_BYTES = 255
/** A caller's own idempotency key. */
export const MAX_KEY_BYTES = 128
/** Which trace a command belongs to. A W3C `traceparent` takes 55. */
export const MAX_TRACE_BYTES = 64
/** The text of an error; a longer one is cut when it is encoded. */
export const MAX_TEXT_BYTES = 4096
/** Members in one list of a configuration. */
export const MAX_MEMBERS = 255
/** Ranges of damaged entries that a status tells of; there may be more. */
export const MAX_DAMAGED_RANGES = 64
/** The highest version number there is room for. */
export const MAX_VERSION = 0xffff

/** In one roll call, and in one answer to it. */
export const MAX_QUIET_GROUPS = 256

/** What one batch may hold at most, unless the reader says otherwise. The encoder keeps to the same. */
export const MAX_ITEMS = 65_536
/** Entries of all items of a batch together. */
export const MAX_ENTRIES = 262_144
