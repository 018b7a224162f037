export { type Dashboard, openDashboard } from './dashboard.ts'
export type { DashboardOptions } from './options.ts'
export type { DashboardClient, DashboardFleet, DashboardHost } from './sources.ts'
