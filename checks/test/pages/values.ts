/** The programs of docs/values.md, one after the other. */
import { CommandError, defineValue, openHosts } from 'rafted-memory'

interface Job {
  readonly name: string
  readonly minutes: number
}

export const jobs = defineValue({
  init: () => [] as readonly Job[],
  commands: {
    /** Puts a job behind the others. @returns how many there are. */
    add: (all, job: Job) => [all.length + 1, [...all, job]],
    /** Takes the first job out. */
    take(all) {
      if (all[0] === undefined) throw new CommandError('no-jobs', 'There is nothing to do.')
      return [all[0], all.slice(1)]
    },
  },
  queries: {
    minutes: (all) => all.reduce((sum, job) => sum + job.minutes, 0),
  },
})

const [host] = await openHosts('a')
await host.createGroup('jobs', { machine: jobs })

const q = host.value('jobs', jobs)
console.log(await q.add({ name: 'sweep', minutes: 20 }), await q.minutes())
console.log((await q.take()).name)
await q.take().catch(({ code, details }) => console.log(code, details.reason))

import { z } from 'zod'

export const tasks = defineValue({
  init: () => [] as readonly string[],
  commands: {
    add: {
      input: [z.string().trim().min(1), z.int().default(1)],
      run: (all, name, times) => [all.length, [...all, ...new Array<string>(times).fill(name)]],
    },
  },
  queries: { all: (all) => all },
})

await host.createGroup('tasks', { machine: tasks })
const t = host.value('tasks', tasks)
await t.add(' mop ')
await t.add('wipe', 2)
console.log(await t.all())
await t.add('', 0.5).catch(({ code, message }) => console.log(`${code}: ${message}`))

const json = {
  encode: (value: unknown) => new TextEncoder().encode(JSON.stringify(value ?? null)),
  decode: (bytes: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(bytes)),
}

export const notes = defineValue({
  codec: json,
  init: () => ({}) as Readonly<Record<string, string>>,
  commands: { write: (all, title: string, text: string) => [null, { ...all, [title]: text }] },
  queries: { read: (all, title: string) => all[title] ?? null },
})

await host.createGroup('notes', { machine: notes })
const n = host.value('notes', notes)
await n.write('milk', 'two litres')
console.log(await n.read('milk'))
await host.close()
