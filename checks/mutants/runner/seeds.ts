/** `seeds FROM COUNT`: simulates seed after seed until one has a violation; says so on the last line. Runs within a workspace. */
import { simulate } from '@rafted/testing'

const from = Number(process.argv[2])
const count = Number(process.argv[3])
let seed = from

process.on('uncaughtException', (error) => found(`threw ${error}`))

for (; seed < from + count; seed++) {
  // A sign of life, and what it was at if it shows none any more.
  console.log(`seed ${seed}`)
  try {
    const { violations } = await simulate({ seed })
    if (violations.length > 0) found(violations[0]!)
  } catch (error) {
    found(`threw ${error}`)
  }
}

function found(what: string): never {
  console.log(`found ${what.split('\n')[0]}`)
  process.exit(1)
}
