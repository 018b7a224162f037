/** `rafted completion`: what a shell needs to complete commands, options and names of files. */
import { type Command, Status, WrongUse } from '../command.ts'
import { bashScript } from '../completion/bash.ts'
import { fishScript } from '../completion/fish.ts'
import { zshScript } from '../completion/zsh.ts'
import { jsonLine } from '../json.ts'

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript } as const
const SHELLS = Object.keys(scripts) as readonly (keyof typeof scripts)[]

/** @param commands all others. */
export function completionOf(commands: readonly Command[]): Command {
  const own: Command = {
    name: 'completion',
    section: 'shell',
    summary: 'prints what bash, zsh or fish needs to complete what is typed',
    text: `bash: put  source <(rafted completion bash)  into ~/.bashrc.
zsh:  put  source <(rafted completion zsh)  into ~/.zshrc, behind compinit.
fish: rafted completion fish > ~/.config/fish/completions/rafted.fish`,
    operands: [{ name: 'SHELL', completion: SHELLS, missing: `Name a shell: ${SHELLS.join(', ')}.` }],
    options: [],
    examples: [
      ['bash', ''],
      ['fish', ''],
    ],
    async run({ terminal, json, operands }) {
      const [shell] = operands as readonly [string]
      if (!isShell(shell))
        throw new WrongUse(`There is nothing for "${shell}": name one of ${SHELLS.join(', ')}.`)
      const script = scripts[shell]([...commands, own])
      await terminal.print(json ? jsonLine({ shell, script }) : script)
      return Status.fine
    },
  }
  return own
}

function isShell(text: string): text is keyof typeof scripts {
  return (SHELLS as readonly string[]).includes(text)
}
