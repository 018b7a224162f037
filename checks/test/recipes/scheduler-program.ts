/** A host with a schedule for every second, which writes down what it does. */
import { appendFileSync } from 'node:fs'
import { scheduler, schedules } from '@rafted/recipes'
import { recipeProgram } from './processes.ts'

const { ID = '', DIR = '' } = process.env

recipeProgram('schedules', schedules, (host) => {
  const here = scheduler(host.value('schedules', schedules), { by: ID })
  return {
    begin() {
      here.every(
        'tick',
        '* * * * * *',
        ({ occurrence, attempt }) => appendFileSync(`${DIR}.fired`, `${occurrence} ${attempt} ${ID}\n`),
        { leaseMs: 2000 },
      )
    },
    history: () => here.history('tick'),
  }
})
