/** Faults of what watchers are told. */
import { type Mutant, plantedIn } from './mutant.ts'

const host = plantedIn('packages/host/src').mutant
const client = plantedIn('packages/client/src').mutant

export const watching: readonly Mutant[] = [
  host(
    'watching-what-stands-in-the-log-has-happened',
    'watchers.ts',
    'const command = this.#o.skipped.has(entry.index) ? null : commandOf(entry)',
    'const command = commandOf(entry)',
    'The answer to a command is lost, and it is sent again: both copies stand in the log, one takes effect, and a watcher that counts sees two.',
    'test checks test/host/watching.test.ts what changes nothing is none',
  ),
  host(
    'watching-a-repeated-command-is-a-change',
    'skipped-entries.ts',
    "(reply.status !== 'ok' || reply.index !== index)",
    "reply.status !== 'ok'",
    'A command of a key that was used before gets the reply of the first one, and changes nothing: a watcher sees it once more.',
    'test checks test/host/watching.test.ts what changes nothing is none',
  ),
  host(
    'watching-a-snapshot-says-what-was-skipped',
    'skipped-entries.ts',
    '    this.#since = index\n',
    '    void index\n',
    'A member is started again on a snapshot that ends behind the beginning of its log. It was not there when a command before that was refused, and tells watchers that it happened.',
    'test host test/watchers.test.ts of entries that were not applied here',
  ),
  host(
    'watching-a-member-that-is-cut-off-goes-on-saying-nothing',
    'watchers.ts',
    "else if (isCutOff) this.#refuse(question, 'no-leader', 'The member that was asked hears no leader.')",
    'else if (isCutOff && question.after < 0) this.#giveValue(question, state)',
    'The host that a watcher asks is cut off from the others for a day. It answers every five seconds that nothing is new.',
    'test host test/watchers.test.ts where no leader is heard nobody waits',
  ),
  host(
    'watching-answers-skip-what-did-not-fit',
    'watchers.ts',
    'if (bytes > question.maxBytes && changes.length > 0) break',
    'if (bytes > question.maxBytes && changes.length > 0) {\n          upTo++\n          break\n        }',
    'More happens at once than fits in an answer: the change behind the last one that fits is never told.',
    'test host test/watchers.test.ts an answer is as large as asked for',
  ),
  host(
    'watching-the-value-without-its-index',
    'watchers.ts',
    'if (from <= Math.max(this.#o.skipped.since, core.baseIndex)) this.#giveValue(question, state)',
    'if (from < Math.max(this.#o.skipped.since, core.baseIndex)) this.#giveValue(question, state)',
    'The first change that a watcher lacks is the last one that the log has let go: it is passed over without a word.',
    'test host test/watchers.test.ts what the log can not give',
  ),
  host(
    'watching-lost-pieces-are-lost',
    'value-transfers.ts',
    'if (number > known.piece.number) known.piece = this.#pull(known, number)',
    'known.piece = this.#pull(known, number)',
    'The answer with a piece of a value is lost, it is asked for again, and the next one comes under its number.',
    'test host test/watchers.test.ts a value comes in pieces',
  ),
  host(
    'watching-values-are-held-for-ever',
    'value-transfers.ts',
    '    known.pieces.return?.()\n',
    '',
    'A watcher stops in the middle of a large value. The frozen view is never let go of: each write copies what it shows, for as long as the process lives.',
    'test host test/watchers.test.ts a value comes in pieces',
  ),
  client(
    'watching-begins-when-it-is-read',
    'watch.ts',
    'const begun = from === null ? watched.changes.position() : Promise.resolve(from - 1)\n',
    "const begun = { then: (...to: Parameters<Promise<number>['then']>) => (from === null ? watched.changes.position() : Promise.resolve(from - 1)).then(...to), catch: () => {} } as unknown as Promise<number>\n",
    'A program begins to watch, does something, and reads what has happened: nothing.',
    'test checks test/host/watching.test.ts are told once each',
  ),
  client(
    'watching-a-newer-value-is-put-behind-the-older-one',
    'changes.ts',
    '      if (piece.number === 0) pieces = []\n',
    '',
    'The member that gives a value stops halfway; another one gives its own from the beginning, and the watcher puts the pieces of both together.',
    'test client test/watching.test.ts another member begins anew',
  ),
  client(
    'watching-goes-back-with-a-member-that-is-behind',
    'watch.ts',
    'after = Math.max(after, upTo)',
    'after = upTo',
    'A watcher goes on at a member that is behind, which has nothing to say yet: it is told again what it had been told.',
    'test client test/watching.test.ts a member that is behind',
  ),
  client(
    'watching-another-group-of-the-same-name',
    'changes.ts',
    'const incarnation = this.#incarnation\n',
    'const incarnation = known\n',
    'The group is created anew under its name while somebody watches; the indexes begin again at 1, and what comes is told as if it went on.',
    'test client test/watching.test.ts of another incarnation',
  ),
]
