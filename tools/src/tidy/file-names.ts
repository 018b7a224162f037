import { posix } from 'node:path'
import { isSource, type Problem, type Repository } from './repository.ts'

const emptyNames = /^(types?|utils?|utilities|helpers?|common|misc|shared|lib)\.[cm]?[jt]sx?$/

/** A file is named after its concept, and types live with the concept they describe. */
export function checkFileNames(repository: Repository): Problem[] {
  return repository.paths
    .filter((path) => isSource(path) && emptyNames.test(posix.basename(path)))
    .map((path) => ({ path, message: 'name the file after the concept it holds' }))
}
