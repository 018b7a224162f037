import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { contentProblems, type Expected } from './contents.ts'
import type { PackedPackage } from './packed-package.ts'

/** What is wrong with one package. */
export type Shape = { name: string; problems: string[] }

/**
 * Asks of every packed package what a user would meet: is in it what should be, does each export resolve, with its
 * types, however TypeScript is told to look for them?
 */
export async function shapesOf(
  root: string,
  packages: PackedPackage[],
  asked: Omit<Expected, 'license'>,
): Promise<Shape[]> {
  const expected = { ...asked, license: readFileSync(join(root, 'LICENSE'), 'utf8') }
  const shapes: Shape[] = []
  for (const packed of packages)
    shapes.push({
      name: packed.manifest.name,
      problems: [
        ...contentProblems(packed, expected),
        ...(await lint(packed)),
        ...(await typeProblems(packed)),
      ],
    })
  return shapes
}

async function lint({ tarball, manifest }: PackedPackage): Promise<string[]> {
  const { messages } = await publint({ strict: true, pack: { tarball: tarball.buffer } })
  return messages.map((message) => formatMessage(message, manifest) ?? message.code)
}

/**
 * How TypeScript may look for types, and what of it need not work: packages are ES modules with `exports`, which the
 * oldest way does not know, and which CommonJS imports without their types being its own.
 */
const mayFail = new Set(['node10', 'node16-cjs'])

export async function typeProblems({ tarball }: Pick<PackedPackage, 'tarball'>): Promise<string[]> {
  const found = await checkPackage(createPackageFromTarballData(tarball))
  if (!found.types) return ['it has no types']
  return found.problems
    .filter((problem) => !('resolutionKind' in problem && mayFail.has(problem.resolutionKind)))
    .map((problem) => `types: ${problem.kind} ${'entrypoint' in problem ? problem.entrypoint : ''}`.trim())
}
