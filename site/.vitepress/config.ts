import { defineConfig } from 'vitepress'
import { anchorOf } from '../src/anchors.ts'
import { siteLinks } from '../src/links.ts'
import { navigation } from '../src/navigation.ts'
import { pageFiles, root, titleOf } from '../src/pages.ts'
import { routeOf } from '../src/routes.ts'

const files = pageFiles()
const shown = new Set(files)
const groups = navigation(files, titleOf).filter(({ entries }) => entries.length > 0)

export default defineConfig({
  // Pages are read where they are written.
  srcDir: root,
  outDir: `${root}/site/dist`,
  cacheDir: `${root}/site/.vitepress/cache`,
  // Of all that could be a page there; who names files one by one has to be asked for each.
  srcExclude: [
    '**/{src,test,dist}/**',
    'packages/*/CHANGELOG.md',
    'docs/api/!(README).md',
    'checks/**',
    'tools/**',
  ],
  rewrites: (file) => (shown.has(file) ? routeOf(file)! : file),
  lang: 'en',
  title: 'Rafted',
  description: 'Replicates a value of any shape across a group of Node.js processes, with the Raft protocol',
  transformHead: ({ siteData }) => [['link', { rel: 'icon', href: `${siteData.base}icon.svg` }]],
  transformPageData(page) {
    // What is made when the site is can't be edited.
    if (page.filePath.startsWith('site/')) page.frontmatter.editLink = false
  },
  markdown: {
    anchor: { slugify: anchorOf },
    config: siteLinks(root),
    // What stands in angle brackets in a page is text.
    html: false,
    theme: { light: 'github-light', dark: 'github-dark' },
  },
  themeConfig: {
    nav: [
      ...groups
        .filter(({ section }) => section.inBar)
        .map(({ section, entries }) => ({ text: section.title, link: entries[0]!.link })),
      // No page of the site, so the browser goes there itself.
      { text: 'Playground', link: '/playground/index.html', target: '_self' },
      { text: 'GitHub', link: 'https://github.com/rafted/rafted' },
    ],
    sidebar: groups.map(({ section, entries }) => ({
      text: section.title,
      collapsed: section.isFolded === true,
      items: [...entries],
    })),
    outline: { level: [2, 3] },
    search: { provider: 'local' },
    editLink: {
      pattern: ({ filePath }) => `https://github.com/rafted/rafted/edit/main/${filePath}`,
      text: 'Edit this page',
    },
  },
  vite: {
    publicDir: `${root}/site/public`,
    // What is searched in is one large file, which is fetched when somebody searches.
    build: { chunkSizeWarningLimit: 3000 },
  },
})
