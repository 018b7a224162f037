import { routeOf } from './routes.ts'

/** A part of the site: pages by their files, in the order in which they are read. A name ending in `/` is all pages there that stand nowhere else. */
export interface Section {
  readonly title: string
  /** In the bar at the top, which has less room. */
  readonly inBar?: true
  /** Folded until one of its pages is open. */
  readonly isFolded?: true
  readonly pages: readonly string[]
}

const docs = (...names: string[]): string[] => names.map((name) => `docs/${name}.md`)

export const sections: readonly Section[] = [
  {
    title: 'Start',
    pages: docs('getting-started', 'concepts', 'values', 'guarantees', 'faq', 'glossary'),
  },
  {
    title: 'Guides',
    inBar: true,
    pages: [
      ...docs('guides/leader-election', 'guides/locks', 'guides/shared-configuration', 'guides/rooms'),
      ...docs('fleet', 'worker', 'machine-versions', 'testing-your-machine'),
      'docs/guides/',
    ],
  },
  { title: 'Recipes', pages: ['packages/recipes/README.md', 'docs/recipes/'] },
  {
    title: 'Operations',
    inBar: true,
    pages: docs(
      'deploy',
      'upgrading',
      'recovery',
      'security',
      'observing',
      'metrics',
      'dashboard',
      'cli',
      'tools',
    ),
  },
  {
    title: 'Reference',
    inBar: true,
    isFolded: true,
    pages: ['site/reference/README.md', 'docs/errors.md', 'site/reference/'],
  },
  { title: 'Packages', isFolded: true, pages: ['packages/'] },
  {
    title: 'Formats',
    isFolded: true,
    pages: docs('disk-format', 'wire-format', 'tcp-protocol', 'nats-transport'),
  },
  {
    title: 'How it works',
    isFolded: true,
    pages: docs(
      'playground',
      'architecture',
      'durability',
      'snapshots',
      'divergence',
      'invariants',
      'failure-model',
      'testing',
      'performance',
      'sizes',
    ),
  },
  {
    title: 'Comparison',
    inBar: true,
    isFolded: true,
    pages: docs('comparison', 'from-raftedvalue', 'from-raft-fleet'),
  },
  { title: 'Examples', isFolded: true, pages: ['examples/'] },
  {
    title: 'Project',
    isFolded: true,
    pages: [
      'CONTRIBUTING.md',
      ...docs('releasing', 'api/README'),
      'bench/README.md',
      'compat/README.md',
      'SECURITY.md',
      'CODE_OF_CONDUCT.md',
    ],
  },
  // What is new and has no better place yet.
  { title: 'More', pages: ['docs/'] },
]

export interface Entry {
  readonly text: string
  readonly link: string
}

export interface Group {
  readonly section: Section
  readonly entries: readonly Entry[]
}

/**
 * What the side of the site shows.
 * @param files of all pages.
 * @param titleOf the title of a page.
 */
export function navigation(files: readonly string[], titleOf: (file: string) => string): Group[] {
  const named = new Set(sections.flatMap(({ pages }) => pages))
  // The most exact name has a page.
  const directories = [...named].filter((name) => name.endsWith('/')).sort((a, b) => b.length - a.length)
  const homeOf = (file: string): string | undefined => directories.find((name) => file.startsWith(name))
  return sections.map((section) => ({
    section,
    entries: section.pages
      .flatMap((name) =>
        name.endsWith('/') ? files.filter((file) => !named.has(file) && homeOf(file) === name) : [name],
      )
      .map((file) => ({ text: titleOf(file), link: `/${routeOf(file)!.replace(/\.md$/, '')}` })),
  }))
}
