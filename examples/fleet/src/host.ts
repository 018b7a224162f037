/**
 * One host of the fleet, in a process of its own: the same program on every machine. ID says who it is, DIR where its files are. INITIALISE=1, once and on one
 * of them, begins the fleet.
 */
import { setTimeout } from 'node:timers/promises'
import { answerQuestions } from '@rafted/testing'
import { isRaftedError } from 'rafted'
import { zoneOf } from './hosts.ts'
import { type Question, shopHost } from './shop-host.ts'
import { openShops } from './transport.ts'

const { ID: id = '', DIR: dir = `data/${id}`, INITIALISE: initialise } = process.env

function stop(error: unknown): never {
  console.error(`${id}: ${error instanceof Error ? error.message : error}`)
  process.exit(1)
}

const fleet = await openShops(id, dir).catch(stop)
// What it leads is led elsewhere when it is gone.
process.once('SIGTERM', () => fleet.close().then(() => process.exit(0), stop))

/** Each time the process starts. Until somebody has begun the fleet, and most of its hosts are up, it goes on asking. */
async function takePart(): Promise<void> {
  for (;;)
    try {
      await fleet.activate({ zone: zoneOf(id) })
      return
    } catch (error) {
      if (!isRaftedError(error, 'not-initialised') && !isRaftedError(error, 'timeout')) throw error
      await setTimeout(100)
    }
}

if (initialise === '1') await fleet.initialise().catch(stop)
const takingPart = takePart()
takingPart.then(() => {
  if (process.send === undefined) console.log(`host ${id} takes part`)
}, stop)

// The story has started it, and asks it for this and that. Started by hand, nobody asks, and this does nothing.
const shop = shopHost(fleet, takingPart)
answerQuestions((question) => {
  const [name, ...args] = question as Question
  const method: (...args: never[]) => Promise<unknown> = shop[name]
  return method(...args)
})
