/** The programs of the processes that a run starts: they stand compiled beside this file. */
import { ChildHost, type ChildHostOptions } from '@rafted/testing'

/** How a process comes to where it is to run; nothing said: it runs here. */
export type Place = Pick<ChildHostOptions, 'through' | 'execArgv' | 'env'>

/** Starts one of them; `setup` is what it finds with `setupOf`. */
export function startProgram(name: string, setup: unknown, place: Place = {}): ChildHost {
  const program = new URL(`${name}.js`, import.meta.url)
  return new ChildHost({ program, args: [JSON.stringify(setup)], execArgv: [], ...place })
}

/** In such a program: what it was started with. */
export function setupOf<Setup>(): Setup {
  return JSON.parse(process.argv[2]!) as Setup
}
