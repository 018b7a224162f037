/** `node dist/load-command.js SECONDS http://127.0.0.1:8001 http://127.0.0.1:8002 …`: puts load on running hosts, and says what came of it. */
import { Load, textOf } from './load.ts'

const [seconds, ...hosts] = process.argv.slice(2)
const load = new Load(hosts)
await load.start()
await new Promise((resolve) => setTimeout(resolve, Number(seconds) * 1000))
const account = await load.end()
console.log(textOf(account))
process.exit(account.lost + account.duplicated + account.untold === 0 ? 0 : 1)
