/** `npx pnpm start`, or with `--two-zones`, or with `--two-zones --with-registry`: a fleet in processes on this machine. See README.md. */
import { parseArgs } from 'node:util'
import { freePorts } from './processes.ts'
import { Telling } from './telling.ts'
import { threeZones } from './three-zones.ts'
import { twoZones } from './two-zones.ts'

const option = { type: 'boolean', default: false } as const
const { values } = parseArgs({ options: { 'two-zones': option, 'with-registry': option } })
const areTwo = values['two-zones']
const ids = areTwo ? ['a1', 'a2', 'b1', 'b2'] : ['a1', 'a2', 'b1', 'b2', 'c1', 'c2', 'c3']
const ports = await freePorts(ids.length)
const telling = new Telling(new Map(ids.map((id, i) => [id, `127.0.0.1:${ports[i]}`])))
const isWell = await (areTwo ? twoZones(telling, ids, values['with-registry']) : threeZones(telling, ids))
await telling.close()
process.exit(isWell ? 0 : 1)
