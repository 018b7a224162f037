import { defineValue } from 'rafted'

/** A value that is as small as it gets: what is measured is Rafted. */
export const cell = defineValue({
  init: (): Uint8Array => new Uint8Array(0),
  commands: {
    put: (_value, bytes: Uint8Array): readonly [null, Uint8Array] => [null, bytes],
    /** Answers what was there. */
    swap: (value, bytes: Uint8Array): readonly [Uint8Array, Uint8Array] => [value, bytes],
  },
  queries: { get: (value) => value },
})
