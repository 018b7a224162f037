/** One host of `files-3p`, in a process of its own. */
import { answerQuestions } from '@rafted/testing'
import { openHost } from 'rafted'
import { cell } from './cell.ts'

const [id, listen, dir, ...join] = process.argv.slice(2)
const host = await openHost({ id: id!, cluster: 'bench', listen: listen!, dir: dir! })
await host.group('cell', { machine: cell, join })

answerQuestions(async (question) => {
  if (question === 'close') await host.close()
  return null
})
