/** Chance, as a seam: tests run on a seed. */
export interface Random {
  /** Uniform in [0, 1). */
  number(): number
  /** `count` bytes, unpredictable in the real one. */
  bytes(count: number): Uint8Array
}

/** @returns a fresh identity of 32 hexadecimal digits (128 bits): group incarnations and member ids. */
export function drawId(random: Random): string {
  let id = ''
  for (const byte of random.bytes(16)) id += byte.toString(16).padStart(2, '0')
  return id
}
