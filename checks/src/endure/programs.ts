/** The programs of the processes that a run starts: they stand compiled beside this file. */
import { ChildHost } from '@rafted/testing'

/** Starts one of them; `setup` is what it finds with `setupOf`. */
export function startProgram(name: string, setup: unknown): ChildHost {
  const program = new URL(`${name}.js`, import.meta.url)
  return new ChildHost({ program, args: [JSON.stringify(setup)], execArgv: [] })
}

/** In such a program: what it was started with. */
export function setupOf<Setup>(): Setup {
  return JSON.parse(process.argv[2]!) as Setup
}
