/** A network of proxies does what its weather says. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { Proxies } from '../../src/cuts/proxies.ts'
import { FAIR } from '../../src/cuts/weather.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

/** One end of a connection, and what has come. */
class End {
  text = ''
  readonly #socket: Socket
  #looks: (() => void)[] = []

  constructor(socket: Socket) {
    this.#socket = socket
    socket.on('error', () => {})
    socket.setEncoding('utf8').on('data', (text: string) => {
      this.text += text
      for (const look of this.#looks.splice(0)) look()
    })
    closing.push(() => socket.destroy())
  }

  get closed(): Promise<unknown> {
    return new Promise((resolve) => this.#socket.once('close', resolve))
  }

  say(text: string): void {
    this.#socket.write(text)
  }

  async heard(text: string): Promise<void> {
    while (!this.text.includes(text)) await new Promise<void>((resolve) => this.#looks.push(resolve))
  }
}

/** Host 0 has dialled host 1. */
async function connected(): Promise<{ network: Proxies; a: End; b: End }> {
  const network = await Proxies.make(2, () => 0.5)
  closing.push(() => network.close())
  const [, port] = network.addresses[1]!.split(':')
  const server = createServer().listen(Number(port), '127.0.0.1')
  await once(server, 'listening')
  closing.push(() => server.close())
  const accepted = once(server, 'connection') as Promise<[Socket]>
  const dials = JSON.parse(network.place(0).env!.RAFTED_DIALS!) as Record<string, number>
  const a = new End(connect(dials[port!]!, '127.0.0.1'))
  return { network, a, b: new End((await accepted)[0]) }
}

test('what is cut one way is held, and arrives when the cut is over; the other way goes on', async () => {
  const { network, a, b } = await connected()
  a.say('before ')
  await b.heard('before ')
  await network.set({ cuts: [{ from: 0, to: 1 }], lines: [] })
  a.say('cut ')
  for (let i = 0; i < 5; i++) {
    b.say(`back ${i} `)
    await a.heard(`back ${i} `)
  }
  expect(b.text).toBe('before ')
  await network.set(FAIR)
  await b.heard('cut ')
  expect(b.text).toBe('before cut ')
})

test('what is late is late, and in order', async () => {
  const { network, a, b } = await connected()
  const line = { place: 1, jitterMs: 20, lossPercent: 0, duplicatePercent: 0, reorderPercent: 0 }
  await network.set({ cuts: [], lines: [{ ...line, delayMs: 300 }] })
  const begun = performance.now()
  a.say('late ')
  await b.heard('late ')
  expect(performance.now() - begun).toBeGreaterThanOrEqual(300)
  a.say('first ')
  await network.set({ cuts: [], lines: [{ ...line, delayMs: 0 }] })
  a.say('second ')
  await b.heard('second ')
  expect(b.text).toBe('late first second ')
})

test('connections of a place break', async () => {
  const { network, a, b } = await connected()
  network.reset(0)
  await Promise.all([a.closed, b.closed])
})
