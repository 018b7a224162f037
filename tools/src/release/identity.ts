/**
 * Why a process with this environment can't publish the commit `head`. What is published says by which run of which
 * workflow it was made from which commit (its provenance): only such a run can say so.
 */
export function identityProblems(env: NodeJS.ProcessEnv, head: string): string[] {
  if (env.GITHUB_ACTIONS !== 'true' || !env.ACTIONS_ID_TOKEN_REQUEST_URL)
    return ['provenance can only be given by a run of the release workflow, with `id-token: write`']
  const problems: string[] = []
  if (env.GITHUB_SHA !== head)
    problems.push(`${head} is checked out, and provenance would name ${env.GITHUB_SHA}`)
  if (!env.NPM_TOKEN && !env.NODE_AUTH_TOKEN)
    problems.push('NPM_TOKEN is not set: the registry lets nobody publish without it')
  return problems
}
