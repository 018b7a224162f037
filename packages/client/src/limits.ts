/** How much a client holds and how long it waits, where the caller has no say. Nothing in it grows beyond these. */

/** Commands of a session that may be unanswered, whatever the host would allow. */
export const MAX_WINDOW = 1024
/** Bytes of payload that a session may have unanswered. One command is taken whatever its size. */
export const MAX_WINDOW_BYTES = 64 * 1024 * 1024
/** Commands of a group that wait for room in its session. */
export const MAX_QUEUED = 16_384
/** Bytes of payload of those. One command is taken whatever its size. */
export const MAX_QUEUED_BYTES = 64 * 1024 * 1024
/** Queries and administrative calls under way, of all groups together. */
export const MAX_OPERATIONS = 16_384
/** Groups remembered: where they are led, and their sessions. */
export const MAX_GROUPS = 1024
/** Retired sessions of a group whose last commands are still waited for; no fresh one is opened beyond. */
export const MAX_RETIRED = 16
/** Sessions of a group that stay open though nobody waits for anything in them, as somebody may ask what became of a command. */
export const MAX_IN_DOUBT = 8
/** Addresses of members that a client remembers beyond those it was given. */
export const MAX_LEARNED = 32

/** Redirects followed at once, one after the other; the next one waits like any failure. */
export const MAX_REDIRECTS = 5

export const BACKOFF_FIRST_MS = 10
export const BACKOFF_MAX_MS = 1000

/** Retries a client may make at once after a quiet time, and each second in the long run. */
export const RETRIES_AT_ONCE = 500
export const RETRIES_PER_SECOND = 500

/** The default of `timeoutMs`. */
export const TIMEOUT_MS = 30_000
/**
 * The default of `attemptTimeoutMs`. Twice the default election timeout: whoever asks sooner where a leader is silent is told of the same one, and gives it twice as
 * long again.
 */
export const ATTEMPT_TIMEOUT_MS = 2000
/** What it may grow to for the commands of a leader that is merely slow. */
export const ATTEMPT_MAX_MS = 60_000
/** The question who leads is answered from memory: a host that takes longer is as good as away. */
export const LOCATE_TIMEOUT_MS = 1000
/** A member that has nothing new to tell a watcher says so after so long. */
export const WATCH_MS = 5000
/** Of changes in one answer. */
export const WATCH_BYTES = 256 * 1024
/** A host that could not be reached directly is tried again after so long. */
export const WAY_MS = 10_000
/** Closing a session is a courtesy: it expires anyway. */
export const CLOSE_TIMEOUT_MS = 500

/** Keep-alives sent in a row without a command between them; then the session is closed. */
export const IDLE_KEEPS = 3
/** Keep-alives are not sent more often than this, whatever a host says of its sessions. */
export const KEEP_MIN_MS = 50
