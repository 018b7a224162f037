/** Runs a script from its first command to its last. */
import { runCommand } from './commands.ts'
import type { Script } from './script.ts'
import { type CoreModule, World } from './world.ts'

/** A command failed: a claim that is false, a broken rule, a core that stopped, or a mistake in the script. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError'

  constructor(script: string, line: number, command: string, printed: readonly string[], cause: unknown) {
    const message = cause instanceof Error ? cause.message : String(cause)
    super(
      [`${script}.txt:${line}: ${command}`, message, ...printed.map((each) => `    ${each}`)].join('\n'),
      {
        cause,
      },
    )
  }
}

/**
 * @param silent without a transcript, where only the claims and the rules count.
 * @returns what each block printed. @throws {ScenarioError} at the first command that fails.
 */
export function runScript(script: Script, module: CoreModule, silent = false): string[][] {
  const world = new World(module, silent)
  return script.blocks.map(({ commands }) => {
    const printed: string[] = []
    for (const { line, text } of commands) {
      try {
        runCommand(world, text)
      } catch (error) {
        throw new ScenarioError(script.name, line, text, [...printed, ...world.takeLines()], error)
      }
      printed.push(...world.takeLines())
    }
    return printed
  })
}
