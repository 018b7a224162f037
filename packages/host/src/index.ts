export type { GroupSettings } from '@rafted/wire'
export type { BackupOptions } from './backup/backup.ts'
export { checkGroupSettings } from './checks.ts'
export { defaultSettings, type MemberSettings } from './context.ts'
export { EventHub } from './event-hub.ts'
export type { GroupHealth, Health, HealthOptions } from './health.ts'
export type { Hooks } from './hooks.ts'
export { Host, openHost } from './host.ts'
export type {
  CloseOptions,
  CreateGroupOptions,
  Founding,
  GroupOptions,
  HostOptions,
  TransferOptions,
} from './host-options.ts'
export type { Join } from './join-addresses.ts'
export type { LeaveOptions } from './leaving.ts'
/** @internal */
export type { Member } from './member.ts'
export {
  type ProbeAnswer,
  type Probed,
  type ProbeRequest,
  type ProbeResponse,
  probe,
  probes,
} from './probes.ts'
export type { AskingClient, Authorise, Right } from './rights.ts'
export { MAX_REPLY_BYTES, SESSION_WINDOW } from './sessions.ts'
