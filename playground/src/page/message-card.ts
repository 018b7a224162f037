/** The message that is chosen: what it says, and what can be done to it. And all that are under way, for those who use the keyboard. */
import type { FlightScene, Scene } from '../world/scene.ts'
import { byId, h, Keyed, setText } from './elements.ts'
import type { Chosen, Session } from './session.ts'

const DELAY_MS = 100
const LISTED = 30

export class MessageCard {
  readonly #session: Session
  readonly #card = byId('message-card')
  readonly #text = byId('message-text')
  readonly #list: Keyed<FlightScene, HTMLLIElement>
  readonly #count = byId('under-way-count')
  readonly #details = byId<HTMLDetailsElement>('under-way')

  constructor(session: Session, choose: (chosen: Chosen) => void) {
    this.#session = session
    const chosenNumber = (): number | null => {
      const { chosen } = session
      return chosen !== null && 'message' in chosen ? chosen.message : null
    }
    byId('drop').addEventListener('click', () => {
      const message = chosenNumber()
      if (message !== null) session.act({ kind: 'drop', message })
    })
    byId('delay').addEventListener('click', () => {
      const message = chosenNumber()
      if (message !== null) session.act({ kind: 'delay', message, ms: DELAY_MS })
    })
    byId('unchoose').addEventListener('click', () => choose(null))
    this.#list = new Keyed(byId('under-way-list'), ({ id, kind, from, to }) =>
      h(
        'li',
        {},
        h(
          'button',
          { type: 'button', click: () => choose({ message: id }) },
          `${from} → ${to} `,
          h('b', {}, kind),
        ),
      ),
    )
  }

  draw(scene: Scene): void {
    const { chosen } = this.#session
    const flight =
      chosen !== null && 'message' in chosen
        ? scene.flights.find(({ id }) => id === chosen.message)
        : undefined
    if (chosen !== null && 'message' in chosen && flight === undefined) this.#session.chosen = null
    this.#card.hidden = flight === undefined
    if (flight !== undefined) {
      const name = (id: string): string => scene.members.find((member) => member.id === id)?.name ?? id
      setText(
        this.#text,
        `${name(flight.from)} → ${name(flight.to)}, ${flight.kind} of term ${flight.term}: ${flight.text}`,
      )
    }
    setText(this.#count, String(scene.flights.length))
    if (this.#details.open)
      this.#list.update(
        scene.flights.slice(0, LISTED),
        ({ id }) => id,
        (element, { id }) => {
          element.classList.toggle('chosen', id === flight?.id)
        },
      )
  }
}
