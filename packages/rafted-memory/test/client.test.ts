/** A client that lives in no host. */
import { createClient, createNetwork, defineValue } from 'rafted-memory'
import { expect, onTestFinished, test } from 'vitest'

const counter = defineValue({
  init: () => 0,
  commands: { add: (sum, by: number) => [sum + by, sum + by] },
  queries: { sum: (sum) => sum },
})

test('its calls take as long as it was told, unless they say otherwise', async () => {
  const options = { cluster: 'shop', network: createNetwork(), addresses: ['nobody'] }
  const client = await createClient({ ...options, timeoutMs: 90 })
  onTestFinished(() => client.close())
  const value = client.value('counter', counter)
  await expect(value.sum()).rejects.toThrow('within 90 ms')
  await expect(value.with({ timeoutMs: 80 }).sum()).rejects.toThrow('within 80 ms')
  await expect(createClient({ ...options, timeoutMs: 0 })).rejects.toMatchObject({
    code: 'invalid-argument',
  })
})
