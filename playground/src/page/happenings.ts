/** What has happened so far, newest first. Choosing one leads back to it. */
import type { Note } from '../world/world.ts'
import { byId, h, Keyed, whenChanged } from './elements.ts'
import type { Session } from './session.ts'
import { seconds } from './time-bar.ts'

const SHOWN = 60

interface Numbered {
  readonly note: Note
  readonly number: number
}

export class Happenings {
  readonly #session: Session
  readonly #list: Keyed<Numbered, HTMLLIElement>
  readonly #changed = whenChanged()
  readonly #broken = byId('broken')
  readonly #brokenChanged = whenChanged()

  constructor(session: Session) {
    this.#session = session
    this.#list = new Keyed(byId('happenings'), ({ note }) => {
      const lead = (): void => {
        session.pause()
        session.seekStep(note.step)
      }
      return h(
        'li',
        { class: note.tone },
        h(
          'button',
          { type: 'button', click: lead, title: 'Go back to this moment' },
          h('time', {}, seconds(note.at)),
          note.text,
        ),
      )
    })
  }

  draw(): void {
    const { notes, scene } = this.#session
    this.#changed(`${notes.length} ${notes.at(-1)?.step} ${notes.at(-1)?.text}`, () => {
      const shown = notes
        .map((note, number) => ({ note, number }))
        .slice(-SHOWN)
        .reverse()
      this.#list.update(
        shown,
        ({ note, number }) => `${number} ${note.step} ${note.text}`,
        () => {},
      )
    })
    const { broken } = scene
    this.#brokenChanged(JSON.stringify(broken), () => {
      this.#broken.hidden = broken.length === 0
      this.#broken.replaceChildren(
        h('h2', {}, broken.length === 1 ? 'A rule is broken' : `${broken.length} rules are broken`),
        h(
          'ul',
          {},
          ...broken.map(({ rule, detail, at }) =>
            h('li', {}, h('b', {}, rule), ` at ${seconds(at)}: ${detail}`),
          ),
        ),
      )
    })
  }
}
