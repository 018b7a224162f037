/** The arguments of a command that opens images. */
import { parseArgs } from 'node:util'

interface ImageArguments {
  readonly images: number
  readonly seed: number
  /** The only image to be opened; null for all. */
  readonly only: number | null
}

/** Ends the process with 2 if they are none of its. @param hasOnly one image can be opened alone. */
export function imageArguments(command: string, images: number, hasOnly = false): ImageArguments {
  try {
    const options = {
      images: { type: 'string', default: String(images) },
      seed: { type: 'string', default: '1' },
      only: { type: 'string' },
    } as const
    const { values } = parseArgs({ options })
    if (values.only !== undefined && !hasOnly) throw new Error('all images are opened: there is no --only')
    return {
      images: natural('images', values.images),
      seed: natural('seed', values.seed),
      only: values.only === undefined ? null : natural('only', values.only, 0),
    }
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error))
    console.error(`usage: npm run ${command} -- [--images N] [--seed S]${hasOnly ? ' [--only I]' : ''}`)
    return process.exit(2)
  }
}

function natural(name: string, text: string, least = 1): number {
  if (/^\d{1,9}$/.test(text) && Number(text) >= least) return Number(text)
  throw new Error(`--${name} takes a whole number from ${least} on, not ${JSON.stringify(text)}`)
}
