/** Resolves once it is so. There is no other way to wait in these tests; one that waits in vain ends by the runner's limit. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 2))
}
