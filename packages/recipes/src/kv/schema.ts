/** Values by a schema of the caller's. */
import { RaftedError, type StandardSchema } from '@rafted/contracts'

/** What makes a `V` of what it is given, or refuses it. */
export type KvSchema<V> = StandardSchema<unknown, V>

/** Issues that are told. */
const MAX_ISSUES = 20

/** @returns what the schema makes of it. @throws {RaftedError} `invalid-argument`, with `details.issues`. */
export async function valid<V>(schema: KvSchema<V>, value: V): Promise<V> {
  const result = await schema['~standard'].validate(value)
  if (result.issues === undefined) return result.value
  const issues = result.issues.slice(0, MAX_ISSUES).map(({ message, path = [] }) => ({
    message,
    path: path.map((part) => String(typeof part === 'object' ? part.key : part)),
  }))
  const said = issues.map(({ message, path }) =>
    path.length === 0 ? message : `${path.join('.')}: ${message}`,
  )
  throw new RaftedError(
    'invalid-argument',
    `The value is refused before it is sent: ${said.join('; ') || 'by its schema'}`,
    {
      outcome: 'not-applied',
      details: { issues },
    },
  )
}
