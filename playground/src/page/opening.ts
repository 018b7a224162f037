/** What the page begins with: a story, what a link holds, a file. */
import { limits } from '../world/action.ts'
import { History } from '../world/history.ts'
import { decodeScenario, encodeScenario, LinkError } from '../world/link.ts'
import { parseRecording, RecordingError, recordingLimits } from '../world/recording.ts'
import { chapters, storyNamed } from '../world/stories/stories.ts'
import { played } from '../world/stories/story.ts'
import { isScript, readScript } from '../world/transcript.ts'
import { byId, h } from './elements.ts'
import type { Session } from './session.ts'

const STORY = 'story='

export class Opening {
  readonly #session: Session
  readonly #stories = byId<HTMLSelectElement>('stories')
  readonly #founders = byId<HTMLSelectElement>('founders')
  /** The fragment that this page has set itself. */
  #own = ''

  constructor(session: Session) {
    this.#session = session
    for (const { title, stories } of chapters)
      this.#stories.append(
        h(
          'optgroup',
          { label: title },
          ...stories.map(({ id, title: name }) => h('option', { value: id }, name)),
        ),
      )
    this.#stories.addEventListener('change', () => {
      if (this.#stories.value !== '') this.openStory(this.#stories.value)
    })
    byId('fresh').addEventListener('click', () => this.openGroup())
    this.#founders.addEventListener('change', () => this.openGroup())
    this.#listenForFiles()
    window.addEventListener('hashchange', () => {
      if (location.hash !== this.#own) this.openLink(location.hash)
    })
  }

  /** What the link says, or else the first story. */
  openLink(hash: string): void {
    const text = hash.replace(/^#/, '')
    if (text === '') this.openStory(chapters[0]!.stories[0]!.id)
    else if (text.startsWith(STORY)) this.openStory(text.slice(STORY.length))
    else this.#openScenario(text)
  }

  #openScenario(text: string): void {
    try {
      const scenario = decodeScenario(text)
      const history = new History(scenario)
      this.#session.openShared(history, scenario.end)
      this.#stories.value = ''
    } catch (error) {
      if (!(error instanceof LinkError)) throw error
      this.openGroup()
      this.#session.say(error.message)
    }
  }

  openStory(id: string): void {
    const story = storyNamed(id)
    if (story === null) {
      this.openGroup()
      this.#session.say('There is no story of this name.')
      return
    }
    this.#session.openStory(played(story))
    this.#stories.value = id
    this.#setHash(`#${STORY}${id}`)
  }

  openGroup(): void {
    const founders = Number(this.#founders.value)
    const isCount = founders >= limits.leastFounders && founders <= limits.founders
    // Each time another one: chance alone makes no scenario that couldn't be had again, since its number stands in the link.
    const seed = crypto.getRandomValues(new Uint16Array(1))[0]!
    this.#session.openGroup(isCount ? founders : 5, seed)
    this.#stories.value = ''
    this.#setHash('')
  }

  /** The link to this moment, which is in the address from now on. Null for a recording. */
  share(): string | null {
    const { history } = this.#session
    if (history === null) return null
    this.#setHash(`#${encodeScenario(history.scenario(true))}`)
    return location.href
  }

  #setHash(hash: string): void {
    this.#own = hash
    // In place: the way back leads out of the page, not through every moment that was shared.
    window.history.replaceState(null, '', hash === '' ? location.pathname + location.search : hash)
  }

  #listenForFiles(): void {
    const input = byId<HTMLInputElement>('file')
    byId('load').addEventListener('click', () => input.click())
    input.addEventListener('change', () => {
      const file = input.files?.[0]
      input.value = ''
      if (file !== undefined) void this.#openFile(file)
    })
    document.addEventListener('dragover', (event) => event.preventDefault())
    document.addEventListener('drop', (event) => {
      event.preventDefault()
      const file = event.dataTransfer?.files[0]
      if (file !== undefined) void this.#openFile(file)
    })
  }

  async #openFile(file: File): Promise<void> {
    try {
      if (file.size > recordingLimits.characters) throw new RecordingError('The file is too large.')
      const text = await file.text()
      const name = file.name.replace(/\.[a-z]+$/i, '').replaceAll('_', ' ')
      this.#session.openRecording(isScript(text) ? readScript(name, text) : parseRecording(text))
      this.#stories.value = ''
      this.#setHash('')
    } catch (error) {
      if (!(error instanceof RecordingError)) throw error
      this.#session.say(`${file.name}: ${error.message}`)
    }
  }
}
