/** A module of this directory, to be run by another process: from the sources, or from what they were compiled to. */
export function moduleHere(name: string): URL {
  return new URL(`./${name}${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)
}
