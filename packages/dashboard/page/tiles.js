/** Numbers with what they are, in a row. */
import { el, put, say } from './dom.js'

export class Tiles {
  constructor() {
    this.element = el('dl', { class: 'tiles' })
  }

  /** @param {readonly (readonly [name: string, value: string, isGrave?: boolean])[]} tiles */
  update(tiles) {
    while (this.element.children.length > tiles.length) this.element.lastElementChild?.remove()
    while (this.element.children.length < tiles.length) this.element.append(el('div', {}, el('dt'), el('dd')))
    for (const [i, [name, value, isGrave = false]] of tiles.entries()) {
      const tile = this.element.children[i]
      put(tile, { class: isGrave ? 'grave' : '' })
      say(/** @type {Element} */ (tile.firstElementChild), name)
      say(/** @type {Element} */ (tile.lastElementChild), value)
    }
  }
}
