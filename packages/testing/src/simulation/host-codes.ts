/** Which code of the register each host runs: all of them come to the same, as long as each entry is applied by the version in force. */
import type { AnyDefinition } from '@rafted/contracts'
import type { PlannedGroup } from './plan.ts'
import { register, registerOf } from './register.ts'

export class HostCodes {
  readonly #versions = new Map<string, number>()
  readonly #definitions = new Map<number, AnyDefinition>([[1, register]])
  /** The newest that any host was started with. */
  highest = 1

  versionOf(host: string): number {
    return this.#versions.get(host) ?? 1
  }

  /** What the host runs from its next start on. */
  replace(host: string, version: number): void {
    this.#versions.set(host, version)
    this.highest = Math.max(this.highest, version)
  }

  /** What the host's member of the group is made by. Machines of others have one code. */
  definitionOf(host: string, { definition }: Pick<PlannedGroup, 'definition'>): AnyDefinition {
    if (definition !== register) return definition
    const version = this.versionOf(host)
    const code = this.#definitions.get(version) ?? registerOf(version)
    this.#definitions.set(version, code)
    return code
  }

  /** Whether this is what a host has to say whose code is older than that of others. */
  isTooOld(host: string, error: unknown): boolean {
    const code = (error as { readonly code?: unknown } | null)?.code
    return code === 'machine-too-old' && this.versionOf(host) < this.highest
  }
}
