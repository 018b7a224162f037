/** Turns users' values into bytes and back. Deterministic: equal values give equal bytes on every member. */
export interface Codec {
  /** @throws if the value can't be represented; nothing is encoded half. */
  encode(value: unknown): Uint8Array
  /** @throws if the bytes are no value. Never aborts the process, whatever the bytes. */
  decode(bytes: Uint8Array): unknown
}
