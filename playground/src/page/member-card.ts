/** The member that is chosen: how it stands, and what can be done to it. */
import { type Action, linksBetween, type Pace, type Place } from '../world/action.ts'
import type { MemberScene, Scene } from '../world/scene.ts'
import { byId, h, setText, whenChanged } from './elements.ts'
import type { Session } from './session.ts'

export class MemberCard {
  readonly #session: Session
  readonly #card = byId('member-card')
  readonly #title = byId('member-title')
  readonly #facts = byId('member-facts')
  readonly #acts = byId('member-acts')
  readonly #factsChanged = whenChanged()
  readonly #actsChanged = whenChanged()

  constructor(session: Session, close: () => void) {
    this.#session = session
    byId('member-close').addEventListener('click', close)
  }

  draw(scene: Scene): void {
    const { chosen, history } = this.#session
    const member =
      chosen !== null && 'member' in chosen ? scene.members.find(({ id }) => id === chosen.member) : undefined
    this.#card.hidden = member === undefined
    if (member === undefined) return
    setText(this.#title, member.name)
    const facts = factsOf(member, scene)
    this.#factsChanged(JSON.stringify(facts), () =>
      this.#facts.replaceChildren(
        ...facts.flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]),
      ),
    )
    const isCut = cutOff(scene, member.id)
    const { id, state, role, pace, patience, part } = member
    const key = JSON.stringify([
      id,
      state,
      role,
      pace,
      patience,
      part,
      isCut,
      scene.leader,
      scene.members.map((each) => [each.id, each.part]),
      history !== null,
    ])
    this.#actsChanged(key, () => {
      const focused = this.#acts.contains(document.activeElement) ? document.activeElement?.id : null
      this.#acts.replaceChildren(...(history === null ? [] : this.#groups(member, scene, isCut)))
      if (focused) document.getElementById(focused)?.focus()
    })
  }

  #button(id: string, text: string, action: Action | null, title = '', kind = ''): HTMLButtonElement {
    const click = (): void => {
      if (action !== null) this.#session.act(action)
    }
    return h(
      'button',
      { type: 'button', id: `act-${id}`, disabled: action === null, title, class: kind, click },
      text,
    )
  }

  #groups(member: MemberScene, scene: Scene, isCut: boolean): HTMLElement[] {
    return [
      group('Client', this.#client(member)),
      group('Process', this.#process(member)),
      group('Disk', this.#disk(member)),
      group('Network', this.#network(member, scene, isCut)),
      group('Time', this.#time(member)),
      group('Membership', this.#membership(member, scene)),
    ]
  }

  #client({ id: member, state }: MemberScene): Node[] {
    const ifUp = (action: Action): Action | null => (state === 'up' ? action : null)
    return [
      this.#button(
        'propose',
        'Propose',
        ifUp({ kind: 'propose', member }),
        'Hand it a command that sets x (p)',
      ),
      this.#button('read', 'Read', ifUp({ kind: 'read', member, stale: false }), 'A linearizable read (r)'),
      this.#button(
        'stale',
        'Stale read',
        ifUp({ kind: 'read', member, stale: true }),
        'Whatever it has applied',
      ),
    ]
  }

  #process({ id: member, state, role }: MemberScene): Node[] {
    const isUp = state === 'up'
    const ifLeads = (action: Action): Action | null => (isUp && role === 'leader' ? action : null)
    return [
      isUp
        ? this.#button(
            'kill',
            'Kill',
            { kind: 'kill', member },
            'What is not on its disk is lost (k)',
            'danger',
          )
        : this.#button(
            'restart',
            'Restart',
            { kind: 'restart', member },
            'With what its disk holds (k)',
            'good',
          ),
      this.#button(
        'hand-over',
        'Hand over',
        ifLeads({ kind: 'transfer', member, to: null }),
        'Leadership goes to the best of the others',
      ),
      this.#button(
        'snapshot',
        'Snapshot',
        isUp ? { kind: 'snapshot', member } : null,
        'Its log then begins behind what it has applied',
      ),
    ]
  }

  #disk({ id: member, pace }: MemberScene): Node[] {
    const paces: readonly [Pace, string][] = [
      ['quick', 'Quick'],
      ['slow', 'Slow'],
      ['stalled', 'Stalled'],
    ]
    return [
      ...paces.map(([each, text]) => {
        const button = this.#button(`disk-${each}`, text, { kind: 'disk', member, pace: each })
        button.setAttribute('aria-pressed', String(each === pace))
        return button
      }),
      this.#button(
        'forget',
        'Forget all',
        { kind: 'forget', member },
        'A disk that lies: what it had acknowledged is gone. Raft can’t bear that',
        'danger',
      ),
    ]
  }

  #network({ id }: MemberScene, { members }: Scene, isCut: boolean): Node[] {
    const others = members.map((other) => other.id)
    const links = linksBetween([id], others)
    return [
      this.#button(
        'cut',
        isCut ? 'Mend its links' : 'Cut it off',
        { kind: 'links', links, cut: !isCut },
        '(c)',
      ),
      this.#button('cut-out', 'Cut what it sends', {
        kind: 'links',
        links: links.filter(([from]) => from === id),
        cut: true,
      }),
      this.#button('cut-in', 'Cut what it hears', {
        kind: 'links',
        links: links.filter(([from]) => from !== id),
        cut: true,
      }),
    ]
  }

  #time({ id: member, patience, state, role }: MemberScene): Node[] {
    const choices: readonly [string, number | null][] = [
      ['chance', null],
      ['shortest', 0],
      ['medium', 50],
      ['longest', 99],
    ]
    const select = h(
      'select',
      { id: 'act-patience', 'aria-label': 'Election timeouts' },
      ...choices.map(([text, value]) => {
        const percent = patience === null ? null : Math.round(patience * 100)
        return h('option', { value: value ?? '', selected: value === percent }, `timeouts: ${text}`)
      }),
    )
    select.addEventListener('change', () => {
      const patience = select.value === '' ? null : Number(select.value)
      this.#session.act({ kind: 'patience', member, patience })
    })
    const mayDoubt = state === 'up' && role !== 'leader'
    return [
      select,
      this.#button(
        'suspect',
        'Suspect leader',
        mayDoubt ? { kind: 'suspect', member } : null,
        'It is told that its leader seems lost, and waits no longer',
      ),
    ]
  }

  #membership({ id, part }: MemberScene, { leader }: Scene): Node[] {
    const place = (name: string, text: string, to: Place, title: string): HTMLButtonElement => {
      const isMember = part !== 'none' && leader !== null
      const action: Action | null = isMember ? { kind: 'place', member: leader, places: [[id, to]] } : null
      return this.#button(name, text, action, title)
    }
    return [
      part === 'learner'
        ? place('promote', 'Make it vote', 'promoted', 'The leader makes it a voter once it has caught up')
        : place('demote', 'Only learn', 'learner', 'It receives the log, and votes no more'),
      place('remove', 'Remove', 'out', 'It is no member any more'),
    ]
  }
}

function group(title: string, content: readonly Node[]): HTMLElement {
  return h('fieldset', {}, h('legend', {}, title), ...content)
}

export function cutOff({ cuts, members }: Scene, id: string): boolean {
  const others = members.length - 1
  return cuts.filter(([from, to]) => from === id || to === id).length >= 2 * others
}

function factsOf(member: MemberScene, { members }: Scene): [string, string][] {
  const {
    state,
    problem,
    role,
    term,
    vote,
    leader,
    base,
    cells,
    commit,
    durable,
    writing,
    value,
    peers,
    ballot,
  } = member
  const name = (id: string): string => members.find((other) => other.id === id)?.name ?? id
  const facts: [string, string][] = []
  if (problem !== null) facts.push(['stopped', problem])
  facts.push(['state', state === 'up' ? role : state], ['term', String(term)])
  facts.push(['vote', vote === null ? 'nobody yet' : name(vote)])
  if (state === 'up') facts.push(['leader', leader === null ? 'none known' : name(leader)])
  const last = cells.at(-1)?.index ?? base
  facts.push(['log', last === base && base === 0 ? 'empty' : `${base + 1} to ${last}`])
  facts.push(
    ['committed', String(commit)],
    ['on disk', `${durable}${writing > 0 ? `, ${writing} writes under way` : ''}`],
  )
  if (value !== null) facts.push(['value', value])
  if (ballot !== null)
    facts.push(
      ['for it', ballot.yes.map(name).join(' ') || 'none'],
      ['against', ballot.no.map(name).join(' ') || 'none'],
    )
  for (const peer of peers)
    facts.push([`of ${name(peer.id)}`, `${peer.state}: on disk ${peer.match}, next ${peer.next}`])
  return facts
}
