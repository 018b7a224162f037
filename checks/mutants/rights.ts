/** Faults of hosts in what clients may do. */
import { type Mutant, plantedIn } from './mutant.ts'

const { mutant } = plantedIn('packages/host/src')

export const rights: readonly Mutant[] = [
  mutant(
    'rights-of-commands-only',
    'rights.ts',
    '    let error: unknown\n',
    "    if (right !== 'command') return null\n    let error: unknown\n",
    'A client that may only read one group removes the members of another.',
    'test checks test/host/rights.test.ts it is refused at once',
  ),
  mutant(
    'rights-by-what-looks-like-yes',
    'rights.ts',
    'this.#o.authorise(client, group, right) === true',
    'this.#o.authorise(client, group, right)',
    'The rights are looked up in a database, by an async function: its promise lets everybody do everything.',
    'test host test/rights.test.ts lets nobody do anything',
  ),
  mutant(
    'rights-are-all-there-when-it-throws',
    'rights.ts',
    '      error = thrown\n',
    '      void thrown\n      return null\n',
    'The table of rights is missing after a deployment, and everybody may do everything.',
    'test host test/rights.test.ts who throws as well',
  ),
  mutant(
    'rights-are-looked-at-after-the-request',
    'requests.ts',
    '    if (problem === null) this.on(request, from.reply)\n    else this',
    '    this.on(request, from.reply)\n    if (problem !== null) this',
    'A client that may only read is told that its command was not allowed, and the command is committed.',
    'test host test/rights.test.ts nothing is even looked at',
  ),
  mutant(
    'clients-answer-in-place-of-hosts',
    'host.ts',
    "    else if (from.role === 'peer') {\n      if (item.kind === 'response') {",
    "    else if (from.role === 'peer' || item.kind === 'response') {\n      if (item.kind === 'response') {",
    'A host asks whether a group exists already; a client answers that it does not, and there are two groups of one name.',
    'test checks test/host/rights.test.ts is not taken for its answer',
  ),
  mutant(
    'rights-to-query-give-the-whole-value',
    'rights.ts',
    "request.kind === 'watch' && request.maxBytes === 0 && request.piece === null",
    "request.kind === 'watch' && request.piece === null",
    'A client may ask one query, which shows little, and watches every command.',
    'test checks test/host/rights.test.ts it is refused at once',
  ),
]
