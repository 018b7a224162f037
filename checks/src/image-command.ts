/** The arguments of a command that opens images. */
import { parseArgs } from 'node:util'

/** Ends the process with 2 if they are none of its. */
export function imageArguments(
  command: string,
  images: number,
): { readonly images: number; readonly seed: number } {
  try {
    const options = {
      images: { type: 'string', default: String(images) },
      seed: { type: 'string', default: '1' },
    } as const
    const { values } = parseArgs({ options })
    return { images: natural('images', values.images), seed: natural('seed', values.seed) }
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error))
    console.error(`usage: npm run ${command} -- [--images N] [--seed S]`)
    return process.exit(2)
  }
}

function natural(name: string, text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new Error(`--${name} takes a whole number from 1 on, not ${JSON.stringify(text)}`)
}
