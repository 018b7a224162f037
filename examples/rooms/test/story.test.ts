/** `npx pnpm start` ends with the account, exit code 0. */
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import { compile, ended } from './program.ts'

const story = fileURLToPath(new URL('../dist/story.js', import.meta.url))

beforeAll(compile, 120_000)

test('all rooms go on though the process that leads most of them is killed, and all hear the same', async () => {
  const { code, output } = await ended(story)
  expect(output).toMatch(/kill [abc], which leads [2-5] of 5, after \d{3} messages/)
  expect(output.match(/ goes on; led by [abc]/g)).toHaveLength(5)
  expect(output).toContain('said 455, lost 0, heard twice 0, the same order for all in 5 of 5 rooms\n')
  expect(output).toMatch(
    /in the kitchen: .*zoe\n {2}zoe was not heard of for a second: ann, bob, cleo, olga\n/,
  )
  expect(output).toMatch(/[abc] is back, and has caught up in all 5 rooms\n$/)
  expect(code).toBe(0)
}, 120_000)
