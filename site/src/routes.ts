/** Where on the site a page of the repository is. Both are paths: of the file from the root of the repository, and on the site. */

/** Each pattern with where its pages are; the first that fits counts. */
const routes: readonly (readonly [RegExp, string])[] = [
  [/^README\.md$/, 'index.md'],
  [/^CONTRIBUTING\.md$/, 'contributing.md'],
  [/^SECURITY\.md$/, 'security-policy.md'],
  [/^CODE_OF_CONDUCT\.md$/, 'code-of-conduct.md'],
  [/^site\/reference\/(.+\.md)$/, 'reference/$1'],
  [/^docs\/api\/README\.md$/, 'public-interface.md'],
  // The reference has all of it, and what it means.
  [/^docs\/api\/(.+\.md)$/, 'reference/$1'],
  [/^docs\/(.+\.md)$/, '$1'],
  [/^(packages|examples)\/([^/]+)\/README\.md$/, '$1/$2.md'],
  [/^bench\/README\.md$/, 'bench.md'],
  [/^compat\/README\.md$/, 'compat.md'],
]

/** The page on the site, or null if it has none for this file. */
export function routeOf(path: string): string | null {
  for (const [pattern, route] of routes) if (pattern.test(path)) return path.replace(pattern, route)
  return null
}

/** Pages that stand on the site under their own names; what `docs/api` says is in the reference. */
export function isShown(path: string): boolean {
  return routeOf(path) !== null && !/^docs\/api\/(?!README\.md$)/.test(path)
}
