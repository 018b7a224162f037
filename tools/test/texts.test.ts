import { describe, expect, test } from 'vitest'
import { checkFileNames } from '../src/tidy/file-names.ts'
import { checkMarkdown } from '../src/tidy/markdown.ts'
import { checkTexts } from '../src/tidy/texts.ts'
import { problemsOf } from './made-up.ts'

describe('a text', () => {
  const problems = (text: string, path = 'docs/page.md'): string[] => problemsOf(checkTexts, { [path]: text })
  // Put together here, since this file is a text of the repository too.
  const path = (...parts: string[]): string => ['', ...parts].join('/')
  const words = [
    ['TO', 'DO'],
    ['FIX', 'ME'],
    ['X', 'XX'],
  ].map((parts) => parts.join(''))

  test.each(words)('holds no %s', (word) => {
    expect(problems(`a\n// ${word}: later`)).toEqual([
      `docs/page.md:2: "${word}": do it, or write it down where plans are kept`,
    ])
  })

  test.each([path('home', 'ada', 'rafted'), path('root', '.npm'), path('work', 'main')])(
    'holds no %s',
    (found) => {
      expect(problems(`see ${found}`)).toHaveLength(1)
    },
  )

  test.each(['issue', 'PR', 'Fixes', 'pull request', 'bug'])('holds no number of a %s', (word) => {
    expect(problems(`${word} ${'#'}12`)).toHaveLength(1)
  })

  test.each([
    'https://example.com/home/page',
    'packages/work/src',
    'color: #123',
    'invariant #12',
    '[a](#12-things)',
    'a todo list',
  ])('may say: %s', (text) => {
    expect(problems(text)).toEqual([])
  })

  test('that a program wrote, or that is none, is left alone', () => {
    expect(problems(words[0]!, 'pnpm-lock.yaml')).toEqual([])
    expect(problems(`\0${words[0]}`, 'docs/picture.png')).toEqual([])
  })
})

describe('a file', () => {
  test.each(['types.ts', 'utils.ts', 'util.js', 'helpers.ts', 'common.mjs', 'misc.ts'])(
    'is not named %s',
    (name) => {
      expect(problemsOf(checkFileNames, { [`packages/core/src/${name}`]: '' })).toEqual([
        `packages/core/src/${name}: name the file after the concept it holds`,
      ])
    },
  )

  test('may be named after its concept', () => {
    expect(problemsOf(checkFileNames, { 'packages/core/src/entry-types.ts': '' })).toEqual([])
  })
})

describe('a page', () => {
  const problems = (text: string): string[] =>
    problemsOf(checkMarkdown, {
      'docs/page.md': text,
      'docs/other.md': '# Other\n\n## Two `words`, and more\n',
    })

  test('begins with its title', () => {
    expect(problems('Text.\n')).toEqual(['docs/page.md:1: the first line is the title: # Title'])
    expect(problems('\n# Title\n')).toEqual(['docs/page.md:1: the first line is the title: # Title'])
    expect(problems('## Title\n')).toEqual(['docs/page.md:1: the first line is the title: # Title'])
  })

  test('has one title', () => {
    expect(problems('# Title\n\n# Another\n')).toEqual(['docs/page.md:3: a second title: a page has one'])
    expect(problems('# Title\n\n```sh\n# a comment\n```\n')).toEqual([])
  })

  test.each([
    ['[a](gone.md)', 'gone.md'],
    ['![a](picture.png)', 'picture.png'],
    ['[a](../src/gone.ts "Title")', '../src/gone.ts'],
    ['[a](#nothing)', '#nothing'],
    ['[a](other.md#nothing)', 'other.md#nothing'],
    ['[a]: gone.md', 'gone.md'],
    ['[a](../../outside.md)', '../../outside.md'],
  ])('has no dead link: %s', (text, target) => {
    expect(problems(`# Title\n\n${text}\n`)).toEqual([`docs/page.md:3: ${target} leads nowhere`])
  })

  test('for the change logs links nowhere: it is moved', () => {
    const page = { '.changeset/one.md': '---\n---\n\n[a](../docs/page.md)\n', 'docs/page.md': '# Title\n' }
    expect(problemsOf(checkMarkdown, page)).toEqual([
      '.changeset/one.md:4: ../docs/page.md: change logs are elsewhere; name the page without a link',
    ])
  })

  test.each([
    '[a](other.md)',
    '[a](./other.md#two-words-and-more)',
    '[a](#title)',
    '[a](../docs)',
    '[a](..)',
    '[a](../package.json)',
    '[a](https://example.com/gone.md)',
    '`[a](gone.md)`',
    '```md\n[a](gone.md)\n```',
  ])('may link: %s', (text) => {
    expect(problems(`# Title\n\n${text}\n`)).toEqual([])
  })
})
