/** Asks whether something is really meant, does it, and says what came of it. */
import { act } from './ask.js'
import { byId, el } from './dom.js'
import { look } from './store.js'

/**
 * @param {{ title: string, text: string, button: string, typed: string | null, action: object }} question `typed`: what has to be typed, for what can't be undone.
 * @returns {Promise<boolean>} whether it was done.
 */
export async function confirmed({ title, text, button, typed, action }) {
  if (!(await isMeant(title, text, button, typed))) return false
  try {
    const done = await act(action)
    toast(done.text, false)
    return true
  } catch (error) {
    const { code, message } = /** @type {{ code?: string, message: string }} */ (error)
    toast(code === undefined ? message : `${code}: ${message}`, true)
    return false
  } finally {
    void look()
  }
}

/**
 * @param {string} title @param {string} text @param {string} button @param {string | null} typed
 * @returns {Promise<boolean>}
 */
function isMeant(title, text, button, typed) {
  return new Promise((resolve) => {
    /** @type {HTMLDialogElement} */
    const dialog = el('dialog', {
      'aria-labelledby': 'question',
      close: () => {
        dialog.remove()
        resolve(dialog.returnValue === 'yes')
      },
    })
    const yes = el(
      'button',
      { type: 'submit', value: 'yes', class: 'danger', disabled: typed !== null },
      button,
    )
    const field = el('input', {
      type: 'text',
      autocomplete: 'off',
      spellcheck: 'false',
      'aria-label': `Type ${typed}`,
      input: () => {
        yes.disabled = field.value !== typed
      },
    })
    const no = el('button', { type: 'button', click: () => dialog.close('no') }, 'Leave it')
    const form = el(
      'form',
      {
        submit: (/** @type {SubmitEvent} */ event) => {
          // No form leaves this page.
          event.preventDefault()
          if (!yes.disabled) dialog.close('yes')
        },
      },
      el('h2', { id: 'question' }, title),
      el('p', {}, text),
      typed === null
        ? null
        : el('label', {}, el('span', {}, 'Type ', el('b', {}, typed), ' to go on'), field),
      el('div', { class: 'buttons' }, no, yes),
    )
    dialog.append(form)
    document.body.append(dialog)
    dialog.showModal()
    if (typed === null) no.focus()
    else field.focus()
  })
}

const SHOWN_MS = 8000

/** @param {string} text @param {boolean} isFailure */
function toast(text, isFailure) {
  const one = el('p', { class: isFailure ? 'toast grave' : 'toast' }, text)
  byId('toasts').append(one)
  setTimeout(() => one.remove(), SHOWN_MS)
}
