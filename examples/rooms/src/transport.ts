/** What is between hosts and clients. */

// The line to change: './over-nats.ts' has the same for a NATS server.
export * from './over-tcp.ts'
