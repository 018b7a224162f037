/** What the simulated clients use: a register whose history is checked, and a list in which every item must stand exactly once. */
import { defineValue, type Machine } from '@rafted/contracts'
import type { SequentialModel } from '../linearizability/history.ts'

interface Value {
  readonly register: number
  readonly list: readonly number[]
}

export const register = defineValue({
  init: (): Value => ({ register: 0, list: [] }),
  commands: {
    /** @returns what stood there before. */
    write: (value, to: number) => [value.register, { ...value, register: to }],
    /** @returns how many stood there before. */
    append: (value, item: number) => [value.list.length, { ...value, list: [...value.list, item] }],
    /** Poison: no member may die of it. */
    fail: (_value: Value): readonly [never, Value] => {
      throw new Error('this command always fails')
    },
  },
  queries: {
    read: (value) => value.register,
    list: (value) => value.list,
  },
})

export type RegisterInput = { readonly op: 'write'; readonly to: number } | { readonly op: 'read' }

/** The register alone. Both operations answer what stood there when they took effect. */
export const registerModel: SequentialModel<number, RegisterInput, number> = {
  init: () => 0,
  step: (state, input) => [state, input.op === 'write' ? input.to : state],
  describe: (input, answer) =>
    `${input.op === 'write' ? `write ${input.to}` : 'read'} → ${answer === null ? '?' : answer.output}`,
}

/** A machine that tells what it applies: which entry, and what the value was then. */
export function observed(
  machine: Machine,
  tell: (index: number, term: number, command: unknown, value: unknown) => void,
): Machine {
  const wrap = (instance: ReturnType<Machine['create']>): ReturnType<Machine['create']> => {
    const inner = instance.apply.bind(instance)
    instance.apply = (command, context) => {
      try {
        return inner(command, context)
      } finally {
        tell(context.index, context.term, command, instance.value)
      }
    }
    return instance
  }
  return {
    ...machine,
    create: (codec) => wrap(machine.create(codec)),
    restore: async (chunks, codec) => wrap(await machine.restore(chunks, codec)),
  }
}
