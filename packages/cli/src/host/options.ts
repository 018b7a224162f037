/** Options that say what a host is; a file of configuration may say the same. */
import type { Option } from '../command.ts'
import { credentialOptions, DEFAULT_ADDRESS, DEFAULT_GROUP } from '../connection/options.ts'
import { LOG_LEVELS } from './log-levels.ts'
import { RECIPES } from './recipes.ts'

export const hostOptions: readonly Option[] = [
  {
    name: 'config',
    value: 'FILE',
    variable: 'RAFTED_CONFIG',
    completion: 'file',
    text: 'a file that says all this as JSON; what is said here counts more',
  },
  {
    name: 'id',
    value: 'ID',
    variable: 'RAFTED_ID',
    text: 'the name you give the host: stable over restarts, its own in the cluster',
  },
  {
    name: 'dir',
    value: 'DIRECTORY',
    variable: 'RAFTED_DIR',
    completion: 'directory',
    text: 'where it keeps what it must not lose: its own, made if it is missing',
  },
  {
    name: 'listen',
    value: 'ADDRESS',
    variable: 'RAFTED_LISTEN',
    text: `where it listens, HOST:PORT; ${DEFAULT_ADDRESS} unless it is said`,
  },
  {
    name: 'advertise',
    value: 'ADDRESS',
    variable: 'RAFTED_ADVERTISE',
    text: 'where others dial it. Default: where it listens; on 0.0.0.0 its id with the port',
  },
  {
    name: 'join',
    value: 'ADDRESSES',
    repeated: true,
    variable: 'RAFTED_JOIN',
    text: 'all hosts that may have the groups, separated by commas: the same everywhere, its own may be among them',
  },
  {
    name: 'group',
    value: 'NAME=RECIPE',
    repeated: true,
    variable: 'RAFTED_GROUPS',
    text: `a group that it runs, as ${RECIPES.join(', ')}; NAME alone is a kv. ${DEFAULT_GROUP} unless it is said`,
  },
  ...credentialOptions,
]

export const servingOptions: readonly Option[] = [
  { name: 'learner', value: null, text: 'its members join as learners, and stay that' },
  {
    name: 'former-data-lost',
    value: null,
    text: 'this host had members of the groups, and their files are gone for good: you have made sure',
  },
  {
    name: 'probes',
    value: 'ADDRESS',
    variable: 'RAFTED_PROBES',
    text: 'answers /livez and /readyz there; a port alone is on 127.0.0.1',
  },
  {
    name: 'metrics',
    value: 'ADDRESS',
    variable: 'RAFTED_METRICS',
    text: 'answers /metrics there, for Prometheus; it may be the same',
  },
  {
    name: 'dashboard',
    value: 'ADDRESS',
    alone: '0',
    variable: 'RAFTED_DASHBOARD',
    text: 'serves a page that shows its groups there, and prints where, with the token that it takes; without an address, or with 0, at any port that is free',
  },
  {
    name: 'dashboard-name',
    value: 'NAMES',
    repeated: true,
    variable: 'RAFTED_DASHBOARD_NAMES',
    text: 'names by which browsers may call it besides those of this machine, separated by commas',
  },
  {
    name: 'dashboard-actions',
    value: null,
    variable: 'RAFTED_DASHBOARD_ACTIONS',
    text: 'the page may also hand over leadership and remove members',
  },
  {
    name: 'log',
    value: 'LEVEL',
    variable: 'RAFTED_LOG',
    choices: LOG_LEVELS,
    text: `what is logged: ${LOG_LEVELS.join(', ')}; info unless it is said`,
  },
]
