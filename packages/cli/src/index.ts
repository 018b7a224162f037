export { processTerminal } from './process-terminal.ts'
export { run } from './run.ts'
export type { Terminal } from './terminal.ts'
