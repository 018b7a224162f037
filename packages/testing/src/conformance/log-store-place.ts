import assert from 'node:assert/strict'
import type { GroupIdentity, LogStore } from '@rafted/contracts'
import { LogModel } from './log-model.ts'

/** Where one log store stands, with nothing in it at first. Only one is open at a time. */
export interface LogStorePlace {
  /** Opens the store: for the first time, and again after it was closed, crashed or failed. */
  open(): Promise<LogStore>
  /** Ends the open store as a crash does, without `close`: what is under way may be lost, what was durable may not. */
  crash?(): Promise<void>
  /** Makes the I/O of the open store fail from now on. It is opened anew afterwards, and works again. */
  fail?(): Promise<void>
  /** Takes down what stands here, open or not. */
  dispose(): Promise<void>
}

/** Creates a log with an identity of its own. @returns what it should be. */
export async function created(store: LogStore, group = 'group'): Promise<LogModel> {
  const model = new LogModel(identityOf(group))
  await store.create(group, model.identity)
  return model
}

/** An identity that no other group has. */
export function identityOf(group: string, generation = 0): GroupIdentity {
  const hex = Buffer.from(group).toString('hex').slice(-28)
  return {
    incarnation: `${generation}1`.padStart(4, '0') + hex.padStart(28, '0'),
    member: `${generation}2`.padStart(4, '0') + hex.padStart(28, '0'),
  }
}

export async function crash(place: LogStorePlace): Promise<void> {
  assert.ok(place.crash, 'this place has no crash: leave it out with { without: ["crash"] }')
  await place.crash()
}

export async function fail(place: LogStorePlace): Promise<void> {
  assert.ok(place.fail, 'this place can not fail: leave it out with { without: ["fail"] }')
  await place.fail()
}
