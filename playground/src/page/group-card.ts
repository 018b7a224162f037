/** What can be done to the group as a whole: commands, members, and every single link. */
import type { Link } from '../world/action.ts'
import type { Scene } from '../world/scene.ts'
import { byId, h, setAttribute, whenChanged } from './elements.ts'
import type { Session } from './session.ts'

export class GroupCard {
  readonly #session: Session
  readonly #propose = byId<HTMLButtonElement>('group-propose')
  readonly #add = byId<HTMLButtonElement>('group-add')
  readonly #heal = byId<HTMLButtonElement>('group-heal')
  readonly #table = byId('links')
  readonly #changed = whenChanged()
  #leader: string | null = null

  constructor(session: Session) {
    this.#session = session
    this.#propose.addEventListener('click', () => this.propose())
    this.#add.addEventListener('click', () => {
      if (this.#leader !== null) session.act({ kind: 'add', member: this.#leader, promote: true })
    })
    this.#heal.addEventListener('click', () => session.act({ kind: 'heal' }))
  }

  /** To whoever leads. */
  propose(): void {
    if (this.#leader === null) this.#session.say('Nobody leads: there is nobody to take a command.')
    else this.#session.act({ kind: 'propose', member: this.#leader })
  }

  draw(scene: Scene): void {
    this.#leader = scene.leader
    const canAct = this.#session.history !== null
    byId('group-card').hidden = !canAct
    if (!canAct) return
    setAttribute(this.#propose, 'disabled', scene.leader === null ? '' : null)
    setAttribute(this.#add, 'disabled', scene.leader === null ? '' : null)
    setAttribute(this.#heal, 'disabled', scene.cuts.length === 0 ? '' : null)
    const key = JSON.stringify([scene.members.map(({ id }) => id), scene.cuts])
    this.#changed(key, () => this.#drawLinks(scene))
  }

  #drawLinks({ members, cuts }: Scene): void {
    const focused = this.#table.contains(document.activeElement) ? document.activeElement?.id : null
    const isCut = (from: string, to: string): boolean => cuts.some(([a, b]) => a === from && b === to)
    const head = h(
      'tr',
      {},
      h('th', {}, 'from \\ to'),
      ...members.map(({ name }) => h('th', { scope: 'col' }, name)),
    )
    const rows = members.map((from) =>
      h(
        'tr',
        {},
        h('th', { scope: 'row' }, from.name),
        ...members.map((to) => {
          if (from.id === to.id) return h('td')
          const cut = isCut(from.id, to.id)
          const links: readonly Link[] = [[from.id, to.id]]
          const click = (): void => this.#session.act({ kind: 'links', links, cut: !cut })
          const label = `${from.name} to ${to.name}: ${cut ? 'cut' : 'whole'}`
          return h(
            'td',
            {},
            h(
              'button',
              {
                type: 'button',
                id: `link-${from.id}-${to.id}`,
                class: cut ? 'cut' : 'whole',
                'aria-pressed': String(cut),
                'aria-label': label,
                title: label,
                click,
              },
              cut ? '✕' : '→',
            ),
          )
        }),
      ),
    )
    this.#table.replaceChildren(head, ...rows)
    if (focused) document.getElementById(focused)?.focus()
  }
}
