/** Many calls under way at once, begun in order. */

/**
 * Calls `start(0)`, `start(1)`, … `start(count − 1)` in this order, with at most `inFlight` under way. `before(i)` is waited for
 * before call i begins; what is under way goes on meanwhile. Rejects with the first failure, after which nothing new begins.
 * @returns the results in the order of the calls.
 */
export async function pump<T>(
  count: number,
  inFlight: number,
  start: (i: number) => Promise<T>,
  before: (i: number) => Promise<void> | undefined = () => undefined,
): Promise<T[]> {
  const results: T[] = new Array(count)
  let failure: { error: unknown } | null = null
  let underWay = 0
  let wake = (): void => {}
  const changed = (): Promise<void> => new Promise((resolve) => (wake = resolve))
  for (let i = 0; i < count && failure === null; i++) {
    const wait = before(i)
    if (wait !== undefined) await wait
    while (underWay >= inFlight) await changed()
    underWay++
    void start(i)
      .then((result) => (results[i] = result))
      .catch((error: unknown) => (failure ??= { error }))
      .finally(() => {
        underWay--
        wake()
      })
  }
  while (underWay > 0) await changed()
  if (failure !== null) throw (failure as { error: unknown }).error
  return results
}
