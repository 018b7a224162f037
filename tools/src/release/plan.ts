import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import getReleasePlan from '@changesets/get-release-plan'
import { listWorkspaces } from '../workspaces.ts'

/** What is published, and at which version. */
export type Release = { name: string; from: string; to: string }

export type Plan = {
  /** How many changesets wait to be turned into versions; none, where that has been done. */
  changesets: number
  releases: Release[]
  /** Why nothing can be released so. */
  problems: string[]
}

/**
 * Reads what the repository in `root` would publish: what the changesets make of the versions in its manifests, or,
 * where none waits, these versions, if the change logs tell of them.
 */
export async function planOf(root: string): Promise<Plan> {
  const published = listWorkspaces(root).filter(({ manifest }) => !manifest.private)
  const { changesets, releases } = await getReleasePlan(root)
  const planned = new Map(releases.map(({ name, newVersion }) => [name, newVersion]))
  const problems: string[] = []
  for (const changeset of changesets) {
    if (changeset.summary.trim() === '') problems.push(`${changeset.id} says nothing`)
    for (const { name } of changeset.releases)
      if (!published.some(({ manifest }) => manifest.name === name))
        problems.push(`${changeset.id} is about ${name}, which is not published`)
  }
  const all = published.map(({ directory, manifest }) => {
    const from = manifest.version!
    const to = changesets.length > 0 ? (planned.get(manifest.name) ?? from) : from
    if (changesets.length === 0 && !isTold(root, directory, from))
      problems.push(`${manifest.name}: no changeset, and no change log that tells of ${from}`)
    return { name: manifest.name, from, to }
  })
  return { changesets: changesets.length, releases: all, problems: [...problems, ...apart(all)] }
}

/** All packages have the same version, so that nobody has to know which fit together. */
function apart(releases: Release[]): string[] {
  const versions = new Set(releases.map(({ to }) => to))
  return versions.size > 1 ? [`packages would have different versions: ${[...versions].join(', ')}`] : []
}

function isTold(root: string, directory: string, version: string): boolean {
  try {
    return readFileSync(join(root, directory, 'CHANGELOG.md'), 'utf8')
      .split('\n')
      .includes(`## ${version}`)
  } catch {
    return false
  }
}
