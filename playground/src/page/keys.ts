/** The page by keyboard. */
import { linksBetween } from '../world/action.ts'
import { byId } from './elements.ts'
import type { GroupCard } from './group-card.ts'
import { cutOff } from './member-card.ts'
import type { Session } from './session.ts'
import type { TimeBar } from './time-bar.ts'

export function listenForKeys(session: Session, timeBar: TimeBar, groupCard: GroupCard): void {
  const chosenMember = (): string | null => {
    const { chosen } = session
    return chosen !== null && 'member' in chosen ? chosen.member : null
  }
  const keys: Readonly<Record<string, () => void>> = {
    ' ': () => timeBar.toggle(),
    ArrowRight: () => session.stepForward(),
    ArrowLeft: () => session.stepBack(),
    Home: () => session.seek(0),
    End: () => session.seek(session.end.at),
    Escape: () => {
      session.chosen = null
    },
    p: () => {
      const member = chosenMember()
      if (member === null) groupCard.propose()
      else session.act({ kind: 'propose', member })
    },
    r: () => {
      const member = chosenMember() ?? session.scene.leader
      if (member !== null) session.act({ kind: 'read', member, stale: false })
    },
    k: () => {
      const member = session.scene.members.find(({ id }) => id === chosenMember())
      if (member !== undefined)
        session.act({ kind: member.state === 'up' ? 'kill' : 'restart', member: member.id })
    },
    c: () => {
      const member = chosenMember()
      const { scene } = session
      if (member === null) return
      const links = linksBetween(
        [member],
        scene.members.map(({ id }) => id),
      )
      session.act({ kind: 'links', links, cut: !cutOff(scene, member) })
    },
    '?': () => byId<HTMLDialogElement>('help').showModal(),
  }
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isOthers(event)) return
    const { members } = session.scene
    const member = /^[1-9]$/.test(event.key) ? members[Number(event.key) - 1] : undefined
    if (member !== undefined) session.chosen = { member: member.id }
    else if (Object.hasOwn(keys, event.key)) keys[event.key]!()
    else return
    event.preventDefault()
  })
}

/** What has the focus needs the key itself. */
function isOthers({ key, target }: KeyboardEvent): boolean {
  if (!(target instanceof Element)) return false
  if (document.querySelector('dialog[open]') !== null) return true
  if (target.closest('select, textarea, input:not([type=range])') !== null) return true
  const moves = ['ArrowLeft', 'ArrowRight', 'Home', 'End'].includes(key)
  if (target.closest('input[type=range], .log-scroller') !== null) return moves
  return key === ' ' && target.closest('button, summary, a, [role=button]') !== null
}
