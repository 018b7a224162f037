/** A host in a worker thread: what the application has of it, and the program that runs there. */
export type { WorkerCreateGroupOptions, WorkerGroupOptions } from './worker/group-options.ts'
export { type ModuleExport, plainExports, withExports } from './worker/modules.ts'
export { type OpenWorkerHostOptions, openWorkerHost } from './worker/open.ts'
export { serveHost } from './worker/serve.ts'
export type { WorkerOptions } from './worker/thread.ts'
export type { PlainEventKind, PlainEventSource, WorkerHost } from './worker/worker-host.ts'
