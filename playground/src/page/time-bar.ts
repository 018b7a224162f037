/** Play, step, speed, and the slider through all that has been watched. */
import type { Note } from '../world/world.ts'
import { byId, h, setAttribute, setText, whenChanged } from './elements.ts'
import { type Session, speeds } from './session.ts'

/** Marks on the slider: more could not be told apart. */
const MAX_MARKS = 240

export class TimeBar {
  readonly #session: Session
  readonly #play = byId<HTMLButtonElement>('play')
  readonly #slider = byId<HTMLInputElement>('slider')
  readonly #speed = byId<HTMLSelectElement>('speed')
  readonly #clock = byId('clock')
  readonly #marks = byId('marks')
  readonly #marksChanged = whenChanged()

  constructor(session: Session) {
    this.#session = session
    this.#play.addEventListener('click', () => this.toggle())
    byId('back').addEventListener('click', () => session.stepBack())
    byId('forward').addEventListener('click', () => session.stepForward())
    byId('start').addEventListener('click', () => {
      session.pause()
      session.seek(0)
    })
    byId('finish').addEventListener('click', () => {
      session.pause()
      session.seekStep(session.end.step)
      session.seek(session.end.at)
    })
    this.#slider.addEventListener('input', () => {
      session.pause()
      session.seek(Number(this.#slider.value))
    })
    const speed = this.#speed
    speed.append(
      ...speeds.map((each) =>
        h('option', { value: each, selected: each === session.speed }, speedText(each)),
      ),
    )
    speed.addEventListener('change', () => {
      session.speed = Number(speed.value)
    })
    const hurries = byId<HTMLInputElement>('hurries')
    hurries.checked = session.hurries
    hurries.addEventListener('change', () => {
      session.hurries = hurries.checked
    })
  }

  toggle(): void {
    if (this.#session.isPlaying) this.#session.pause()
    else this.#session.play()
  }

  draw(): void {
    const { isPlaying, cursor, end, notes, speed } = this.#session
    if (this.#speed.value !== String(speed)) this.#speed.value = String(speed)
    setAttribute(this.#play, 'aria-label', isPlaying ? 'Pause' : 'Play')
    setAttribute(this.#play, 'class', isPlaying ? 'primary playing' : 'primary')
    const most = Math.max(end.at, 1)
    setAttribute(this.#slider, 'max', String(most))
    if (document.activeElement !== this.#slider || Number(this.#slider.value) !== Math.floor(cursor))
      this.#slider.value = String(Math.floor(cursor))
    setAttribute(this.#slider, 'aria-valuetext', `${seconds(cursor)} of ${seconds(most)}`)
    setText(this.#clock, `${seconds(cursor)} / ${seconds(most)}`)
    this.#drawMarks(notes, most)
  }

  #drawMarks(notes: readonly Note[], most: number): void {
    const shown = notes.filter(({ tone }) => tone !== 'event').slice(-MAX_MARKS)
    this.#marksChanged(`${shown.length} ${shown.at(-1)?.step} ${most}`, () => {
      this.#marks.replaceChildren(
        ...shown.map(({ at, tone, text }) => {
          const mark = h('i', { class: tone, title: text })
          mark.style.left = `${((100 * at) / most).toFixed(2)}%`
          return mark
        }),
      )
    })
  }
}

function speedText(speed: number): string {
  return speed === 1 ? 'real speed' : `1/${Math.round(1 / speed)} speed`
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`
}
