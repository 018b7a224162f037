/**
 * What a machine must not look at, and what differs between the hosts of a group: the time of day, chance, the locale, the time
 * zone. A machine that runs in other surroundings and looks at them shows it by what it does.
 *
 * Nothing here is read: while `within` runs, others stand in the places of the global functions, and afterwards those are back.
 * A function that was taken out of its place before is out of reach (`const { now } = Date` when a module is loaded), as are the environment's
 * variables, the file system and everything imported.
 */
import { SeededRandom } from '../simulation/seeded-random.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
/** How far the local time is from that of this process. */
const ZONE = 13 * HOUR

// biome-ignore lint/suspicious/noExplicitAny: functions of any kind are put in the places of others of their kind.
type AnyFunction = (this: any, ...args: any[]) => any

/** A place in which something else is put. */
interface Place {
  readonly holder: Record<string, unknown>
  readonly name: string
  readonly replacement: unknown
}

/** Chance that follows from a seed, and all else as it is. */
export function nearSurroundings(seed: number): Surroundings {
  return new Surroundings(seed, (surroundings) => chance(surroundings))
}

/** Another chance, another time of day, another locale, another time zone. */
export function farSurroundings(seed: number): Surroundings {
  return new Surroundings(seed, (surroundings) => [
    ...chance(surroundings),
    ...time(surroundings),
    ...timeZone(surroundings),
    ...locale(surroundings),
  ])
}

export class Surroundings {
  readonly random: SeededRandom
  readonly #places: readonly Place[]
  /** What stood in the places. */
  readonly #kept: unknown[] = []
  /** What was looked at since `begin`, by name. */
  readonly looked = new Set<string>()
  /** The time of day as whoever looks sees it; only where the time is another. */
  #time: number | null = null
  /** The replicated time: some machines take the one for the other. */
  #replicated = 0

  constructor(seed: number, places: (surroundings: Surroundings) => Place[]) {
    this.random = new SeededRandom(seed)
    this.#places = places(this).filter(({ holder, name }) => canReplace(holder, name))
  }

  /** What comes next is something else, at this replicated time: it has its own time of day. */
  begin(replicated: number): void {
    this.looked.clear()
    this.#time = null
    this.#replicated = replicated
  }

  /** Runs `run`, which returns at once, in these surroundings. */
  within<T>(run: () => T): T {
    const places = this.#places
    for (let i = 0; i < places.length; i++) {
      const { holder, name, replacement } = places[i]!
      this.#kept[i] = holder[name]
      holder[name] = replacement
    }
    try {
      return run()
    } finally {
      for (let i = places.length - 1; i >= 0; i--) {
        const { holder, name } = places[i]!
        holder[name] = this.#kept[i]
      }
    }
  }

  /** @param real reads the time of this process. */
  time(real: () => number): number {
    this.#time ??= this.#otherTime(real())
    return this.#time
  }

  /** Years off, hours off, or near the replicated time: what a deadline is compared with has passed, or has not. */
  #otherTime(real: number): number {
    const { random } = this
    const off = random.pick([-400 * DAY, -HOUR, HOUR, 400 * DAY, null])
    return off === null ? random.below(2 * this.#replicated + 1000) : real + off + random.below(HOUR / 2)
  }
}

function chance(surroundings: Surroundings): Place[] {
  const { random, looked } = surroundings
  const places = [
    place(Math, 'random', () => () => {
      looked.add('Math.random()')
      return random.number()
    }),
  ]
  const crypto: unknown = Reflect.get(globalThis, 'crypto')
  if (typeof crypto !== 'object' || crypto === null) return places
  const fill = (array: ArrayBufferView): ArrayBufferView => {
    looked.add('crypto.getRandomValues()')
    new Uint8Array(array.buffer, array.byteOffset, array.byteLength).set(random.bytes(array.byteLength))
    return array
  }
  const uuid = (): string => {
    looked.add('crypto.randomUUID()')
    const hex = Buffer.from(random.bytes(16)).toString('hex')
    const variant = '89ab'[random.below(4)]
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`
  }
  return [...places, place(crypto, 'getRandomValues', () => fill), place(crypto, 'randomUUID', () => uuid)]
}

function time(surroundings: Surroundings): Place[] {
  const { looked } = surroundings
  const RealDate = globalThis.Date
  const realNow = RealDate.now.bind(RealDate)
  const now = (how: string): number => {
    looked.add(how)
    return surroundings.time(realNow)
  }
  const OtherDate = new Proxy(RealDate, {
    construct(target, args: unknown[], made) {
      if (args.length === 0) return Reflect.construct(target, [now('new Date()')], made)
      const date = Reflect.construct(target, args, made) as Date
      if (args.length === 1) return date
      looked.add('the time zone (new Date(year, month, …))')
      date.setTime(date.getTime() - ZONE)
      return date
    },
    apply: (target) => new target(now('Date()')).toString(),
  })
  return [
    place(globalThis, 'Date', () => OtherDate),
    place(RealDate.prototype, 'constructor', () => OtherDate),
    place(RealDate, 'now', () => () => now('Date.now()')),
    place(
      Reflect.get(globalThis, 'performance'),
      'now',
      (real) =>
        function (this: unknown) {
          looked.add('performance.now()')
          return real.call(this) + surroundings.time(realNow)
        },
    ),
  ]
}

const LOCAL_GETTERS = ['Date', 'Day', 'FullYear', 'Hours', 'Minutes', 'Month'].map((part) => `get${part}`)
const LOCAL_TEXTS = ['toString', 'toDateString', 'toTimeString']
const LOCAL_SETTERS = ['Date', 'FullYear', 'Hours', 'Minutes', 'Month'].map((part) => `set${part}`)

function timeZone({ looked }: Surroundings): Place[] {
  const RealDate = globalThis.Date
  const { prototype } = RealDate
  const look = (name: string): void => {
    looked.add(`the time zone (Date.${name}())`)
  }
  const places = [...LOCAL_GETTERS, ...LOCAL_TEXTS].map((name) =>
    place(
      prototype,
      name,
      (real) =>
        function (this: Date) {
          look(name)
          return real.call(new RealDate(this.getTime() + ZONE))
        },
    ),
  )
  const setters = LOCAL_SETTERS.map((name) =>
    place(
      prototype,
      name,
      (real) =>
        function (this: Date, ...args: unknown[]) {
          look(name)
          const local = new RealDate(this.getTime() + ZONE)
          real.apply(local, args)
          return this.setTime(local.getTime() - ZONE)
        },
    ),
  )
  const offset = place(
    prototype,
    'getTimezoneOffset',
    (real) =>
      function (this: Date) {
        look('getTimezoneOffset')
        return real.call(this) - ZONE / 60_000
      },
  )
  return [...places, ...setters, offset]
}

/** Methods that take a locale, where it stands among their arguments, and one of which they show that it is not the usual. */
const OF_LOCALE: readonly [holder: object, name: string, at: number, other: string][] = [
  [Number.prototype, 'toLocaleString', 0, 'ar-EG-u-nu-arab'],
  [BigInt.prototype, 'toLocaleString', 0, 'ar-EG-u-nu-arab'],
  [globalThis.Date.prototype, 'toLocaleString', 0, 'ar-EG-u-nu-arab'],
  [globalThis.Date.prototype, 'toLocaleDateString', 0, 'ar-EG-u-nu-arab'],
  [globalThis.Date.prototype, 'toLocaleTimeString', 0, 'ar-EG-u-nu-arab'],
  // This one orders capitals before small letters.
  [String.prototype, 'localeCompare', 1, 'en-US-u-va-posix'],
  [String.prototype, 'toLocaleUpperCase', 0, 'tr'],
  [String.prototype, 'toLocaleLowerCase', 0, 'tr'],
]

const OF_INTL = {
  NumberFormat: 'ar-EG-u-nu-arab',
  DateTimeFormat: 'ar-EG-u-nu-arab',
  Collator: 'en-US-u-va-posix',
}

function locale({ looked }: Surroundings): Place[] {
  const methods = OF_LOCALE.map(([holder, name, at, other]) =>
    place(
      holder,
      name,
      (real) =>
        function (this: unknown, ...args: unknown[]) {
          if (args[at] !== undefined) return real.apply(this, args)
          looked.add(`the locale (${name}())`)
          const given = [...args]
          given[at] = other
          return real.apply(this, given)
        },
    ),
  )
  const classes = Object.entries(OF_INTL).map(([name, other]) =>
    place(Intl, name, (real) => {
      const given = (args: unknown[]): unknown[] => {
        if (args[0] !== undefined) return args
        looked.add(`the locale (Intl.${name})`)
        return [other, ...args.slice(1)]
      }
      return new Proxy(real, {
        construct: (target, args: unknown[], made) => Reflect.construct(target, given(args), made),
        apply: (target, self, args: unknown[]) => Reflect.apply(target, self, given(args)),
      })
    }),
  )
  return [...methods, ...classes]
}

/** The place of this name, where it really is: on `object` or on what it inherits from. */
function place(object: unknown, name: string, replace: (real: AnyFunction) => unknown): Place {
  let holder = object as object
  while (!Object.hasOwn(holder, name)) {
    const above: object | null = Object.getPrototypeOf(holder)
    if (above === null) break
    holder = above
  }
  const places = holder as Record<string, unknown>
  return { holder: places, name, replacement: replace(places[name] as AnyFunction) }
}

/** Whether an assignment replaces what is there, and another puts it back. */
function canReplace(holder: object, name: string): boolean {
  return Object.getOwnPropertyDescriptor(holder, name)?.writable === true
}
