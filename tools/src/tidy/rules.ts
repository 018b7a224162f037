import { checkArrows } from './arrows.ts'
import { checkBannedCalls } from './banned-calls.ts'
import { checkErrorCodes } from './error-codes.ts'
import { checkFileNames } from './file-names.ts'
import { checkManifests } from './manifests.ts'
import { checkMarkdown } from './markdown.ts'
import type { Problem, Repository } from './repository.ts'
import { checkSizes } from './sizes.ts'
import { checkTexts } from './texts.ts'
import { checkWorkflows } from './workflows.ts'

/** Every rule of the repository that a program can check. */
export const rules: { name: string; check: (repository: Repository) => Problem[] }[] = [
  { name: 'packages depend only on packages above them', check: checkArrows },
  { name: 'packages say the same of themselves', check: checkManifests },
  { name: 'time, timers, randomness and files are handed in', check: checkBannedCalls },
  { name: 'functions and files are short', check: checkSizes },
  { name: 'files are named after their concept', check: checkFileNames },
  { name: 'docstrings name errors that there are', check: checkErrorCodes },
  { name: 'texts have no leftovers', check: checkTexts },
  { name: 'pages have a title and links that lead somewhere', check: checkMarkdown },
  { name: 'workflows call what there is', check: checkWorkflows },
]
