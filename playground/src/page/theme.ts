/** Light or dark: as the system has it, until somebody says otherwise. */
import { byId } from './elements.ts'

const KEY = 'rafted-playground-theme'

export function listenForTheme(): void {
  const root = document.documentElement
  const system = matchMedia('(prefers-color-scheme: dark)')
  const kept = read()
  const show = (theme: string): void => {
    root.dataset.theme = theme
    byId('theme').setAttribute('aria-label', theme === 'dark' ? 'Light colours' : 'Dark colours')
  }
  show(kept ?? (system.matches ? 'dark' : 'light'))
  system.addEventListener('change', () => {
    if (read() === null) show(system.matches ? 'dark' : 'light')
  })
  byId('theme').addEventListener('click', () => {
    const theme = root.dataset.theme === 'dark' ? 'light' : 'dark'
    show(theme)
    keep(theme)
  })
}

/** Where nothing may be kept, the choice lasts as long as the page. */
function read(): string | null {
  try {
    const theme = localStorage.getItem(KEY)
    return theme === 'dark' || theme === 'light' ? theme : null
  } catch {
    return null
  }
}

function keep(theme: string): void {
  try {
    localStorage.setItem(KEY, theme)
  } catch {
    // It lasts as long as the page.
  }
}
