/** Resolves once it is so. There is no other way to wait in these tests; one that waits in vain ends by the runner's limit. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 2))
}

/** The same, looked at each time the event loop has gone round: for what lasts no longer. */
export async function untilTurn(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}
