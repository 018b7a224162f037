/** What is being watched, and what is said of it at this moment. */
import { byId, h, setText, whenChanged } from './elements.ts'
import type { Session } from './session.ts'

export class StoryCard {
  readonly #session: Session
  readonly #title = byId('story-title')
  readonly #text = byId('story-text')
  readonly #caption = byId('caption')
  readonly #endings = byId('endings')
  readonly #changed = whenChanged()

  constructor(session: Session) {
    this.#session = session
  }

  draw(): void {
    const { telling, caption, isAtEnd, history } = this.#session
    setText(this.#title, telling.title)
    setText(this.#text, telling.text)
    setText(this.#caption, caption ?? '')
    this.#caption.hidden = caption === null
    const story = isAtEnd ? telling.story : null
    this.#changed(story?.id ?? '', () => {
      this.#endings.hidden = story === null
      this.#endings.replaceChildren(
        ...(story?.endings ?? []).map(({ says, is }) => {
          const isSo = history !== null && is(history.world)
          return h('li', { class: isSo ? 'so' : 'not-so' }, says)
        }),
      )
    })
  }
}
