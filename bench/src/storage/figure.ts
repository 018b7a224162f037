/** One line of what is measured of the storage. */
export interface Figure {
  readonly what: string
  readonly value: number
  readonly unit: string
}

export function asText({ what, value, unit }: Figure): string {
  return `${what.padEnd(64)}${value.toLocaleString('en-US', { maximumFractionDigits: 2 }).padStart(14)} ${unit}`
}
