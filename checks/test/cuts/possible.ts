/** Whether there can be network namespaces here. Where changes are judged and they can't be, the run through proxies is what counts, and this is said. */
import { spawnSync } from 'node:child_process'

function isPossible(): boolean {
  const name = `rafted-cuts-${process.pid}-try`
  const made = spawnSync('ip', ['netns', 'add', name]).status === 0
  const routed =
    made && spawnSync('ip', ['-n', name, 'rule', 'add', 'from', '10.231.1.0/24', 'blackhole']).status === 0
  if (made) spawnSync('ip', ['netns', 'delete', name])
  return routed
}

export const withoutNamespaces = !isPossible()
if (withoutNamespaces)
  console.warn('no network namespaces here (they need iproute2 and root): networks are cut by proxies alone')
