import { isPublishedSource, type Problem, type Repository } from './repository.ts'

const home = 'packages/contracts/src/errors.ts'
/** What is said of a `RaftedError`, up to the next tag or the end of the comment. */
const thrown = /@throws \{RaftedError\}(?:(?!\*\/|@[a-z])[\s\S])*/g
/** A code; those of one word look like any other name. */
const code = /`([a-z]+(?:-[a-z]+)+)`/g

/** Reasons are a machine's own. */
const reasons = /\breasons?\b[^.;]*/g

/** Docstrings promise no error that there isn't. */
export function checkErrorCodes(repository: Repository): Problem[] {
  if (!repository.paths.includes(home)) return []
  const known = new Set(repository.read(home).match(/(?<=\| ')[a-z-]+(?=')/g))
  return repository.paths.filter(isPublishedSource).flatMap((path) => {
    const text = repository.read(path)
    return [...text.matchAll(thrown)].flatMap((said) =>
      [...said[0].replaceAll(reasons, blank).matchAll(code)]
        .filter(([, name]) => !known.has(name!))
        .map(({ 1: name, index }) => ({
          path,
          line: text.slice(0, said.index + index).split('\n').length,
          message: `"${name}" is no code of an error: ${home} has them all`,
        })),
    )
  })
}

/** As long, so that places stay what they are. */
function blank(text: string): string {
  return text.replaceAll(/[^\n]/g, ' ')
}
