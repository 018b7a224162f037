/** Resolves once it is so. There is no other way to wait in these tests; one that waits in vain ends by the runner's limit. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1))
}
