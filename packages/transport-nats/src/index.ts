export { type NatsHostsOptions, natsHosts } from './discovery.ts'
export type {
  NatsCallback,
  NatsConnection,
  NatsMessage,
  NatsStatus,
  NatsSubscription,
} from './nats-connection.ts'
export { natsTransport } from './nats-transport.ts'
export { clientPermissions, hostPermissions, type NatsPermissions } from './permissions.ts'
export type { NatsIdentity, NatsLimits, NatsTransportOptions } from './settings.ts'
