/** A host, a lock, and something to write where only the holder of the lock may. */
import { claims, type Held, lock } from '@rafted/recipes'
import { recipeProgram } from './processes.ts'

const { ID: label = '', URL_OF_RESOURCE: url = '' } = process.env

recipeProgram('locks', claims, (host) => {
  let held: Held | null = null
  let lost: Promise<string> = Promise.resolve('it never held')
  return {
    async acquire(leaseMs: number) {
      held = await lock(host.value('locks', claims), 'resource', { leaseMs }).acquire({ label })
      const { signal, token } = held
      lost = new Promise((resolve) =>
        signal.addEventListener('abort', () => resolve((signal.reason as { code: string }).code)),
      )
      return token
    },
    /** As one does who has looked whether he holds it, and is stopped between that and the write. @returns what became of it, and whether the process knew by then that it holds nothing any more. */
    async write() {
      const { token } = held!
      const { status } = await fetch(`${url}?token=${token}`, { method: 'POST', body: label })
      return { status, knew: held!.signal.aborted }
    },
    lost: () => lost,
  }
})
