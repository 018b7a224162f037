/** Faults between a caller and a value: what is validated, what is sent, what codecs of the user's own may do. */
import { type Mutant, plantedIn } from './mutant.ts'

const client = plantedIn('packages/client/src')
const contracts = plantedIn('packages/contracts/src')
const wire = plantedIn('packages/wire/src')

export const values: readonly Mutant[] = [
  contracts.mutant(
    'values-a-new-command-is-done-before-its-version',
    'named-calls.ts',
    'operation === undefined || operation.since > context.version',
    'operation === undefined',
    'Half of the hosts run new code. A client sends the new command: their members do it, the others refuse it, and they hold different values from then on.',
    'test contracts test/named-operations.test.ts is refused while an older one is in force',
  ),
  client.mutant(
    'values-arguments-are-sent-as-they-were-given',
    'edge.ts',
    ': [name, ...(args as readonly unknown[])]',
    ': asked',
    'The schema trims a name and has a default. The command gets the name with its blanks, and undefined.',
    'test client test/validation.test.ts what it makes of the arguments is sent',
  ),
  client.mutant(
    'values-a-validator-is-waited-for-without-end',
    'caller.ts',
    'const command = await patiently(this.#context, what, checked, patience)',
    'const command = await checked',
    'A validator asks a service that is down. The caller said five seconds, and waits for ever.',
    'test client test/validation.test.ts is part of the time that the call put may take',
  ),
  client.mutant(
    'values-a-refusal-without-an-issue-is-none',
    'validation.ts',
    "const all = result.issues.length === 0 ? [{ message: 'It is refused.' }] : result.issues",
    'const all = result.issues',
    'A validator refuses and gives no reason. Undefined is sent in place of the argument.',
    'test client test/validation.test.ts and refuses without an issue',
  ),
  contracts.mutant(
    'values-a-codec-may-give-anything',
    'codec.ts',
    'return own === fallback ? fallback : fenced(checkCodec(own))',
    'return checkCodec(own)',
    "A codec of the user's own gives a promise for a result. It is kept as the reply of a session, and the member stops where it is to be sent or put into a snapshot.",
    'test checks test/host/own-codec.test.ts commands and queries fail one by one',
  ),
  contracts.mutant(
    'values-a-codec-may-write-to-its-bytes-again',
    'codec.ts',
    'return encoded.byteLength === encoded.buffer.byteLength ? encoded : new Uint8Array(encoded)',
    'return encoded',
    'A codec writes each value to the same memory. Two commands are called one after the other, and both members and callers get the second one twice.',
    'test checks test/host/own-codec.test.ts memory that it writes to again',
  ),
  wire.mutant(
    'values-a-command-is-read-from-its-head-on',
    'value-codec.ts',
    'decodeFrom: (bytes, at) => reader.read(bytes, at)',
    'decodeFrom: (bytes) => reader.read(bytes)',
    'What stands before a command in its entry is taken for the command.',
    'test wire test/values.test.ts is the same behind other bytes',
  ),
  wire.mutant(
    'values-shortcuts-are-taken-along',
    'value-codec.ts',
    'Object.defineProperty(codec, name, { value })',
    'Object.assign(codec, { [name]: value })',
    'A codec is made of the one there is, with another `decode`. Queries go by that, and commands by the former one: members of two builds differ.',
    'test wire test/values.test.ts a codec that is made of this one',
  ),
]
