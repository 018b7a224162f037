/** `npx pnpm start`: three processes on this machine, several people in several rooms, and the process that leads most of these is killed while they talk. */
import { freePorts } from './processes.ts'

const ids = ['a', 'b', 'c']
const ports = await freePorts(ids.length)
process.env.HOSTS = ids.map((id, i) => `${id}=127.0.0.1:${ports[i]}`).join(',')

// What reads it comes after it is set.
const { tell } = await import('./tell.ts')
process.exit((await tell((line) => console.log(line))) ? 0 : 1)
