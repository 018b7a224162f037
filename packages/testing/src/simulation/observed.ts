/** A machine that tells what it applies. */
import type { Machine } from '@rafted/contracts'

/** @param tell which entry was applied, and what the value was then. */
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
    restore: async (chunks, codec, version) => wrap(await machine.restore(chunks, codec, version)),
  }
}
