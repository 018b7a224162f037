/**
 * One step of `npm test`.
 *
 * `share` is its part of the ten minutes the whole may take on two cores, in seconds.
 * `counts` says where its numbers come from: the step itself is one check, or the last line it prints is a
 * tally, or the reports of the test runs it started are summed.
 * `beside`: it keeps to one core and waits for nothing, so it runs beside the others next to it that do.
 */
export type Step = {
  name: string
  share: number
  run: string[]
  counts: 'step' | 'last line' | 'test reports'
  beside?: true
}

/** What the install before the first step may take, in seconds. */
export const installShare = 20

export const steps: Step[] = [
  { name: 'build and types', share: 10, counts: 'step', run: ['tsc', '-b'] },
  {
    name: 'package shape',
    share: 12,
    counts: 'last line',
    run: ['tsx', 'tools/src/package-shape.ts'],
    beside: true,
  },
  { name: 'tidy', share: 17, counts: 'test reports', run: turboTest('@rafted/tools'), beside: true },
  {
    name: 'lint',
    share: 8,
    counts: 'step',
    run: ['biome', 'ci', '--colors=off', '--error-on-warnings'],
    beside: true,
  },
  { name: 'unused code', share: 8, counts: 'step', run: ['knip'], beside: true },
  {
    name: 'package tests',
    share: 180,
    counts: 'test reports',
    run: turboTest('./packages/*', '@rafted/bench', '@rafted/compat', '@rafted/site', '@rafted/playground'),
  },
  { name: 'checks', share: 270, counts: 'test reports', run: turboTest('@rafted/checks') },
  { name: 'examples', share: 75, counts: 'test reports', run: turboTest('./examples/*') },
]

function turboTest(...filters: string[]): string[] {
  // Each Vitest keeps to one worker, so two of them fill the two cores without starving each other.
  const options = ['--continue', '--concurrency=2', '--log-order=grouped', '--output-logs=full']
  return ['turbo', 'run', 'test', ...options, ...filters.map((filter) => `--filter=${filter}`)]
}
