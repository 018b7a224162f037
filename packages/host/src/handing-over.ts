/** A host hands over what it leads itself: asked of its own member, so that nobody has to look for the leader. */
import { RaftedError } from '@rafted/contracts'
import type { CancelTransferRequest, Link, TransferLeadershipRequest } from '@rafted/wire'
import type { TransferOptions } from './host-options.ts'
import type { Member } from './member.ts'

type Question =
  | Pick<TransferLeadershipRequest, 'kind' | 'to' | 'ifTerm'>
  | Pick<CancelTransferRequest, 'kind'>

/** @param link of the member's host. @throws {RaftedError} what the member refuses with; `timeout`. */
export async function askOfMember(
  link: Link,
  { group, incarnation }: Member,
  question: Question,
  { timeoutMs = 10_000 }: TransferOptions,
): Promise<void> {
  const response = await link.call(null, { ...question, group, incarnation }, timeoutMs)
  if (response.kind !== 'error') return
  const { code, message, outcome, leader } = response
  throw new RaftedError(code, message, { outcome, details: { leader } })
}
