/** Clients whose calls are spans. */
import { type Tracer, trace } from '@opentelemetry/api'
import type { AnyDefinition } from '@rafted/contracts'
import { type Call, inSpan } from './call-span.ts'

/** Whose calls can be traced: clients, and hosts with a client of their own. */
export interface TraceableClient {
  /** The handle to a replicated value. */
  // biome-ignore lint/suspicious/noExplicitAny: each client says itself which definitions it takes.
  value(name: string, definition: any): object
}

/** How calls are traced. */
export interface TraceOptions {
  /** Default: `@rafted/metrics` of the provider that is registered globally. */
  readonly tracer?: Tracer | undefined
}

type Method = (...args: unknown[]) => unknown

/** What people do to groups and members; the first argument is the group. */
const ADMINISTRATION: ReadonlySet<unknown> = new Set([
  'cancelTransfer',
  'changeMembership',
  'changeSettings',
  'createGroup',
  'demote',
  'group',
  'leave',
  'locate',
  'promote',
  'removeMember',
  'replaceMember',
  'resolve',
  'transferLeadership',
])

/**
 * The same client, with a span for each call: commands and queries of the handles it gives (`value`, `machine`, and whatever recipes make of those),
 * `commandMany`, and what people do to groups and members. A span is a child of the one that is active, of the kind `client`, and ends where the call ends.
 * Commands take it with them as their `trace`, if it is recorded: hosts that have `appliedSpans` go on from it. Watches have no end, and no span.
 *
 * Attributes: `rafted.group`, `rafted.operation`, `rafted.kind` (`command`, `query`, `administration`), `rafted.outcome` (`ok`, `not-applied`, `unknown`); of an
 * error `rafted.code`, and `error.type` likewise; of many commands `rafted.commands` and, how many of them failed, `rafted.failed`. Never arguments, results, keys or texts of errors.
 */
export function traced<Client extends TraceableClient>(client: Client, options: TraceOptions = {}): Client {
  const { tracer = trace.getTracer('@rafted/metrics') } = options
  return new Proxy(client, {
    get(target, name) {
      // Its private fields are those of the client, not of what stands before it.
      const found: unknown = Reflect.get(target, name, target)
      if (name === 'client' && isTraceable(found)) return traced(found, { tracer })
      if (typeof found !== 'function') return found
      return tracedMethod(tracer, name, found.bind(target) as Method)
    },
  })
}

function isTraceable(client: unknown): client is TraceableClient {
  return typeof (client as TraceableClient | null | undefined)?.value === 'function'
}

function tracedMethod(tracer: Tracer, name: string | symbol, method: Method): Method {
  if (name === 'value')
    return (group, definition) => tracedValue(tracer, group, definition as AnyDefinition, method)
  if (name === 'machine')
    return (group, machine) => tracedMachine(tracer, group, method(group, machine) as Handle)
  const isMany = name === 'commandMany'
  if (!isMany && !ADMINISTRATION.has(name)) return method
  const called = { operation: String(name), kind: isMany ? 'command' : 'administration', isMany } as const
  if (!isMany) return (group, ...args) => inSpan(tracer, { group, ...called }, () => method(group, ...args))
  return (group, ...args) =>
    inSpan(tracer, { group, ...called }, (trace) => method(group, ...within(trace, args, 2)))
}

/** The arguments of a call with its trace among its options, which stand at `at`. */
function within(trace: string | undefined, args: readonly unknown[], at: number): readonly unknown[] {
  if (trace === undefined) return args
  const options = { ...(args[at] as object | undefined), trace }
  return Array.from({ length: at + 1 }, (_, i) => (i === at ? options : args[i]))
}

type Handle = Readonly<Record<string, Method>>
type Operation = Pick<Call, 'kind' | 'isMany'>

const COMMAND: Operation = { kind: 'command', isMany: false }
const QUERY: Operation = { kind: 'query', isMany: false }
const OF_MACHINES: ReadonlyMap<string, Operation> = new Map([
  ['command', COMMAND],
  ['commandMany', { kind: 'command', isMany: true }],
  ['query', QUERY],
])

function tracedValue(tracer: Tracer, group: unknown, definition: AnyDefinition, value: Method): Handle {
  const handle = value(group, definition) as Handle
  const operations = new Map<string, Operation>()
  for (const name of definition.commandNames) operations.set(name, COMMAND)
  for (const name of definition.queryNames) operations.set(name, QUERY)
  return tracedOperations(tracer, group, operations, handle)
}

function tracedOperations(
  tracer: Tracer,
  group: unknown,
  operations: ReadonlyMap<string, Operation>,
  handle: Handle,
): Handle {
  return tracedHandle(handle, (operation, method) => {
    const called = operations.get(operation)
    if (called !== undefined)
      return (...args) =>
        inSpan(tracer, { group, operation, ...called }, (trace) => {
          if (trace === undefined || called.kind !== 'command') return method(...args)
          return (handle.with!({ trace }) as Handle)[operation]!(...args)
        })
    // What is given with options is a handle of its own.
    if (operation === 'with')
      return (options) => tracedOperations(tracer, group, operations, method(options) as Handle)
    return method
  })
}

function tracedMachine(tracer: Tracer, group: unknown, handle: Handle): Handle {
  return tracedHandle(handle, (operation, method) => {
    const called = OF_MACHINES.get(operation)
    if (called === undefined) return method
    return (...args) =>
      inSpan(tracer, { group, operation, ...called }, (trace) =>
        method(...(called.kind === 'command' ? within(trace, args, 1) : args)),
      )
  })
}

/** A handle is frozen, so that nothing can stand before it but another handle. */
function tracedHandle(handle: Handle, over: (operation: string, method: Method) => Method): Handle {
  const methods = Object.entries(handle).map(([name, method]): [string, Method] => [name, over(name, method)])
  return Object.freeze(Object.fromEntries(methods))
}
