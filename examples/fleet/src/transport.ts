/** What is between the hosts. */

// The line to change: './over-nats.ts' has the same for a NATS server.
export * from './over-tcp.ts'
