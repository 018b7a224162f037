/** Long histories of the values that are hard to check: all clients overlap, and few answers say which order it was. */
import { expect, test } from 'vitest'
import { checkLinearizable } from '../../src/index.ts'
import { historyOf } from './histories.ts'
import { casRegister, plainRegister, type Sample, set } from './models.ts'

const samples = [
  ['one register', plainRegister],
  ['one register with compare-and-set', casRegister],
  ['one set', set],
] as unknown as [string, Sample][]

test.each(samples)(
  '%s: 10,000 operations of 16 clients, none unknown or one in ten',
  (_, sample) => {
    for (const unknown of [0, 0.1])
      for (const seed of [1, 2]) {
        const history = historyOf(sample, { seed, operations: 10_000, clients: 16, unknown })
        expect({ seed, unknown, ...checkLinearizable(sample.model, history) }).toEqual({
          seed,
          unknown,
          linearizable: true,
        })
      }
  },
  600_000,
)
