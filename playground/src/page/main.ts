/** The page: puts its parts together and draws them, frame by frame. */
import { byId } from './elements.ts'
import { GroupCard } from './group-card.ts'
import { Happenings } from './happenings.ts'
import { listenForKeys } from './keys.ts'
import { Logs } from './logs.ts'
import { MemberCard } from './member-card.ts'
import { MessageCard } from './message-card.ts'
import { Opening } from './opening.ts'
import { type Chosen, Session } from './session.ts'
import { Stage } from './stage.ts'
import { StoryCard } from './story-card.ts'
import { listenForTheme } from './theme.ts'
import { TimeBar } from './time-bar.ts'

const TOLD_MS = 6000

const session = new Session()
const choose = (chosen: Chosen): void => {
  session.chosen = chosen
  // A message is gone before anybody has read what it says.
  if (chosen !== null && 'message' in chosen) session.pause()
}
const stage = new Stage(byId('stage'), session, choose)
const logs = new Logs(byId('logs'))
const timeBar = new TimeBar(session)
const storyCard = new StoryCard(session)
const memberCard = new MemberCard(session, () => choose(null))
const groupCard = new GroupCard(session)
const messageCard = new MessageCard(session, choose)
const happenings = new Happenings(session)
const opening = new Opening(session)

const told = byId('told')
let toldUntil = 0
session.say = (text) => {
  told.textContent = text
  told.hidden = false
  toldUntil = performance.now() + TOLD_MS
}
session.opened = () => {
  told.hidden = true
}

byId('share').addEventListener('click', () => void share())

async function share(): Promise<void> {
  const link = opening.share()
  if (link === null) {
    session.say('A recording has no link: share its file.')
    return
  }
  try {
    await navigator.clipboard.writeText(link)
    session.say('The link to this moment is copied. It stands in the address, too.')
  } catch {
    session.say('The link to this moment stands in the address: copy it from there.')
  }
}

byId('help-open').addEventListener('click', () => byId<HTMLDialogElement>('help').showModal())
byId('help-close').addEventListener('click', () => byId<HTMLDialogElement>('help').close())
listenForTheme()
listenForKeys(session, timeBar, groupCard)
opening.openLink(location.hash)

let last = performance.now()

function frame(now: number): void {
  session.frame(now - last)
  last = now
  if (now > toldUntil && !told.hidden) told.hidden = true
  const { scene } = session
  stage.draw(scene)
  logs.draw(scene)
  timeBar.draw()
  storyCard.draw()
  memberCard.draw(scene)
  groupCard.draw(scene)
  messageCard.draw(scene)
  happenings.draw()
  requestAnimationFrame(frame)
}

requestAnimationFrame(frame)
