/** Numbers and times for people. */

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const short = new Intl.NumberFormat('en', { maximumSignificantDigits: 3, notation: 'compact' })
const clock = new Intl.DateTimeFormat('en', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hour12: false,
})

const NOTHING = '–'

/** @param {number | null | undefined} value */
export function number(value) {
  return value == null ? NOTHING : whole.format(value)
}

/** @param {number | null | undefined} value */
export function compact(value) {
  return value == null ? NOTHING : Math.abs(value) < 1000 ? short.format(value) : short.format(value)
}

/** @param {number | null | undefined} value */
export function ms(value) {
  if (value == null) return NOTHING
  if (value >= 60_000) return `${short.format(value / 60_000)} min`
  if (value >= 1000) return `${short.format(value / 1000)} s`
  return `${value < 10 ? Math.round(value * 10) / 10 : Math.round(value)} ms`
}

/** @param {number | null | undefined} value */
export function bytes(value) {
  if (value == null) return NOTHING
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let unit = 0
  let left = value
  for (; left >= 1024 && unit < units.length - 1; unit++) left /= 1024
  return `${unit === 0 ? whole.format(left) : short.format(left)} ${units[unit]}`
}

/** @param {number} wall milliseconds. */
export function time(wall) {
  return clock.format(wall)
}

/** @param {number} count @param {string} one @param {string} [many] */
export function counted(count, one, many = `${one}s`) {
  return `${whole.format(count)} ${count === 1 ? one : many}`
}

/** Ids are drawn: nobody reads more than their beginning. @param {string | null} id */
export function brief(id) {
  return id === null ? NOTHING : id.slice(0, 8)
}
