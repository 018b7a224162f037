/** Who holds a directory, asked without asking for it. */
import { type Claim, listClaims } from '../files/lock-claim.ts'
import { judge, type Silent } from '../files/lock-judgement.ts'
import type { LockSetting } from '../files/lock-setting.ts'

/** Somebody who lives. What it says of itself is for people, and null where its lock file can't be read. */
export interface Holder {
  readonly pid: number | null
  readonly machine: string | null
  /** ISO 8601, by its clock. */
  readonly since: string | null
}

/** @returns null if nobody does: whoever did has ended, or has given it back. */
export async function findHolder(setting: Omit<LockSetting, 'random'>): Promise<Holder | null> {
  const silent: Silent = new Map()
  for (const generation of await listClaims(setting.fileSystem, setting.directory)) {
    const verdict = await judge(setting, generation, silent, null)
    if (typeof verdict === 'object') return holderOf(verdict.holder)
  }
  return null
}

function holderOf(claim: Claim | null): Holder {
  return { pid: claim?.pid ?? null, machine: claim?.machine ?? null, since: claim?.since ?? null }
}
