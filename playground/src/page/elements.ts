/** Makes elements of the page. Texts are texts: nothing that anybody writes is read as markup. */

type Attributes = Readonly<Record<string, string | number | boolean | ((event: Event) => void) | null>>
type Child = Node | string | null

function fill<E extends Element>(element: E, attributes: Attributes, children: readonly Child[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name, value)
    else if (value === true) element.setAttribute(name, '')
    else if (value !== false && value !== null) element.setAttribute(name, String(value))
  }
  element.append(...children.filter((child) => child !== null))
  return element
}

/** An element of HTML. Functions among the attributes listen. */
export function h<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  return fill(document.createElement(name), attributes, children)
}

/** An element of SVG. */
export function s<K extends keyof SVGElementTagNameMap>(
  name: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[K] {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children)
}

/** The element that index.html has under this id. */
export function byId<E extends Element = HTMLElement>(id: string): E {
  const element = document.getElementById(id)
  if (element === null) throw new Error(`the page has no #${id}`)
  return element as Element as E
}

export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text
}

export function setAttribute(element: Element, name: string, value: string | null): void {
  if (value === null) element.removeAttribute(name)
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value)
}

/** Runs `make` only when `key` is another than the time before. */
export function whenChanged(): (key: string, make: () => void) => void {
  let last: string | null = null
  return (key, make) => {
    if (key === last) return
    last = key
    make()
  }
}

/**
 * Keeps the children of `parent` as `items` are: those that stay keep their elements, and with them the focus.
 */
export class Keyed<T, E extends Element> {
  readonly #parent: Element
  readonly #make: (item: T) => E
  readonly #elements = new Map<string | number, E>()

  constructor(parent: Element, make: (item: T) => E) {
    this.#parent = parent
    this.#make = make
  }

  update(
    items: readonly T[],
    keyOf: (item: T) => string | number,
    draw: (element: E, item: T) => void,
  ): void {
    const keys = new Set(items.map(keyOf))
    for (const [key, element] of this.#elements)
      if (!keys.has(key)) {
        element.remove()
        this.#elements.delete(key)
      }
    let before: Element | null = null
    for (const item of items) {
      const key = keyOf(item)
      let element = this.#elements.get(key)
      if (element === undefined) {
        element = this.#make(item)
        this.#elements.set(key, element)
      }
      const place: Element | null =
        before === null ? this.#parent.firstElementChild : before.nextElementSibling
      if (place !== element) this.#parent.insertBefore(element, place)
      before = element
      draw(element, item)
    }
  }
}
