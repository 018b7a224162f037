/** Colours for what somebody should see first. */
import type { Terminal } from './terminal.ts'

const codes = { bold: [1, 22], red: [31, 39], yellow: [33, 39], green: [32, 39] } as const

export type Colour = keyof typeof codes

/** @returns what paints text, or leaves it as it is where no colours are shown. */
export function painter({ colours }: Terminal): (colour: Colour, text: string) => string {
  if (!colours) return (_, text) => text
  return (colour, text) => `\u001b[${codes[colour][0]}m${text}\u001b[${codes[colour][1]}m`
}
