/** Saving and loading a whole core: for simulators, explorers, scrubbing through history, bug reports. */
import { effective } from './configurations.ts'
import type { ResolvedOptions } from './options.ts'
import type { State } from './state.ts'

/** The whole state of a core as plain data (JSON holds it, but for infinities, which are spelt out). */
export interface SavedCore {
  readonly format: 1
  readonly state: unknown
}

export function saveState(state: State): SavedCore {
  const { options: _, ...rest } = state
  return { format: 1, state: copy(rest, spell) }
}

export function loadState(saved: SavedCore, options: ResolvedOptions): State {
  if (saved.format !== 1)
    throw new TypeError(`a saved core of format ${saved.format} can't be loaded by this version`)
  const state: State = { ...(copy(saved.state, unspell) as Omit<State, 'options'>), options }
  // What was reported is told from what is in effect by identity, which copying has taken apart.
  const last = effective(state.configurations)
  const { configuration } = state.reported
  if (last !== null && JSON.stringify(last) === JSON.stringify(configuration))
    state.reported = { ...state.reported, configuration: last }
  return state
}

const INFINITE = { Infinity: Number.POSITIVE_INFINITY, '-Infinity': Number.NEGATIVE_INFINITY } as const

function spell(value: unknown): unknown {
  return value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY
    ? { number: String(value) }
    : value
}

function unspell(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('number' in value)) return value
  return INFINITE[value.number as keyof typeof INFINITE]
}

/** A deep copy of plain data, each value passed through `map`. */
function copy(value: unknown, map: (value: unknown) => unknown): unknown {
  const mapped = map(value)
  if (typeof mapped !== 'object' || mapped === null) return mapped
  if (Array.isArray(mapped)) return mapped.map((item) => copy(item, map))
  const result: Record<string, unknown> = {}
  for (const [key, item] of Object.entries(mapped)) result[key] = copy(item, map)
  return result
}
