export type { ClientBackupOptions } from './backing-up.ts'
export {
  type Client,
  type CreateGroupOptions,
  createClient,
  openClient,
  type StatusOptions,
} from './client.ts'
export type { CommandId } from './command.ts'
export type { MachineHandle } from './handle.ts'
export { type CloseOptions, HostWithClient, type LocalHost } from './host-with-client.ts'
export type { Location } from './locate.ts'
export type { CommandCall, Settled, SettledCommands } from './many.ts'
export type {
  ChangeMembershipOptions,
  ChangeOptions,
  Membership,
  PlacedConfiguration,
  WantedMembers,
} from './membership.ts'
export type { ClientOptions, WaitOptions } from './options.ts'
export type { CommandKey, Resolved } from './resolve.ts'
export type { ChangeSettingsOptions, Settings } from './settings.ts'
export { type TransportLinkOptions, transportLink } from './transport-link.ts'
export type { WaitingLimits } from './waiting-room.ts'
