/** Several observers as one. */
import type { Observer } from './observer.ts'

/** Each is told everything, also when one before it throws. Those that are undefined are left out. */
export function observers(...all: readonly (Observer | undefined)[]): Observer {
  const present = all.filter((one) => one !== undefined)
  const each = (tell: (observer: Observer) => void): void => {
    for (const observer of present)
      try {
        tell(observer)
      } catch {
        // An observer is outside every decision, and out of the way of the others.
      }
  }
  return {
    event: (event) => each((observer) => observer.event?.(event)),
    valueEvent: (event) => each((observer) => observer.valueEvent?.(event)),
    // Asked for every command: no closure is made for it.
    wants(kind) {
      for (const observer of present)
        try {
          if (observer.wants?.(kind) === true) return true
        } catch {
          // As above.
        }
      return false
    },
    count: (name, by, group) => each((observer) => observer.count?.(name, by, group)),
    gauge: (name, value, group) => each((observer) => observer.gauge?.(name, value, group)),
  }
}
