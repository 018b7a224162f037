/** Elements, made and changed without ever reading text as markup. */

const SVG = 'http://www.w3.org/2000/svg'

/** @typedef {Node | string | null} Child */
/** @typedef {Record<string, string | number | boolean | null | ((event: any) => unknown)>} Props */

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Props} [props] attributes; functions are listeners by the names of their events.
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function el(tag, props = {}, ...children) {
  const element = document.createElement(tag)
  put(element, props)
  element.append(...children.filter((child) => child !== null))
  return element
}

/**
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Props} [props]
 * @param {...Child} children
 * @returns {SVGElementTagNameMap[Tag]}
 */
export function svg(tag, props = {}, ...children) {
  const element = /** @type {SVGElementTagNameMap[Tag]} */ (document.createElementNS(SVG, tag))
  put(element, props)
  element.append(...children.filter((child) => child !== null))
  return element
}

/**
 * @param {Element} element
 * @param {Props} props
 */
export function put(element, props) {
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === 'function') element.addEventListener(name, value)
    else if (value === null || value === false) element.removeAttribute(name)
    else {
      const text = value === true ? '' : String(value)
      if (element.getAttribute(name) !== text) element.setAttribute(name, text)
    }
  }
}

/**
 * Leaves what is selected in it alone where nothing has changed.
 * @param {Element} element
 * @param {string} text
 */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text
}

/**
 * Children in order, those kept that are there already.
 * @param {Element} element
 * @param {readonly Element[]} children
 */
export function arrange(element, children) {
  for (const [i, child] of children.entries())
    if (element.children[i] !== child) element.insertBefore(child, element.children[i] ?? null)
  while (element.children.length > children.length) element.lastElementChild?.remove()
}

/**
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id))
}
