/** What a process is told by its environment. */
import { readFileSync } from 'node:fs'
import { discover, dnsService } from 'rafted'

export const env = /** @type {Record<string, string>} */ (process.env)

/** Kept in a file, so that it stands in no list of processes or of variables. */
export const secret = readFileSync(env.SECRET_FILE, 'utf8').trim()

/** Where the hosts are: their addresses, or what the SRV records of a name say. */
export const hosts = env.HOSTS === undefined ? await discover(dnsService(env.DISCOVER)) : env.HOSTS.split(',')
