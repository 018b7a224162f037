/** Where members are to be: what every change of members comes down to, be it asked for by people or due to a leader. */
import type { Configuration, Learner, Member } from './configuration.ts'
import type { MemberId } from './entry.ts'

/**
 * - `out`: it is no member any more.
 * - `learner`: it only receives the log, for good.
 * - `promoted`: a voter as soon as it has caught up; one that votes goes on voting.
 * - `voter`: it votes once the change is done.
 */
export type Place = 'out' | 'learner' | 'promoted' | 'voter'

/** A member, and what it is to be. */
export interface PlacedMember {
  readonly member: MemberId
  readonly place: Place
}

/** Of members that the configuration has: newcomers are added as learners, by `withLearner`. */
export interface Rearrangement {
  /** No member twice. */
  readonly places: readonly PlacedMember[]
  /** Those that are not named stay as they are, or go. */
  readonly others: 'keep' | 'remove'
}

/** What a change asks for. */
export interface WantedConfiguration {
  readonly voters: readonly Member[]
  readonly learners: readonly Learner[]
}

/**
 * The configuration with its members where they are to be. Whom it doesn't have is left out. Where a learner becomes a voter, the
 * former voter of its host goes, unless it is named: a host never counts twice.
 */
export function rearranged(
  { voters, learners }: WantedConfiguration,
  { places, others }: Rearrangement,
): WantedConfiguration {
  const named = new Map(places.map(({ member, place }) => [member, place]))
  const placeOf = (id: MemberId, own: Place): Place => named.get(id) ?? (others === 'keep' ? own : 'out')
  const staying: Member[] = []
  const promoted: Member[] = []
  const learning: Learner[] = []
  for (const voter of voters) {
    const place = placeOf(voter.id, 'voter')
    if (place === 'learner') learning.push({ ...voter, promote: false })
    else if (place !== 'out') staying.push(voter)
  }
  for (const learner of learners) {
    const { promote, ...member } = learner
    const place = placeOf(learner.id, promote ? 'promoted' : 'learner')
    if (place === 'voter') promoted.push(member)
    else if (place !== 'out') learning.push({ ...member, promote: place === 'promoted' })
  }
  const isReplaced = ({ id, host }: Member): boolean =>
    !named.has(id) && promoted.some((member) => member.host === host)
  return { voters: [...staying.filter((voter) => !isReplaced(voter)), ...promoted], learners: learning }
}

/** Whether both have the same members in the same places. */
export function isSameArrangement(one: WantedConfiguration, other: WantedConfiguration): boolean {
  return placesIn(one) === placesIn(other)
}

function placesIn({ voters, learners }: WantedConfiguration): string {
  const list = [...voters.map(({ id }) => [id]), ...learners.map(({ id, promote }) => [id, promote])]
  return JSON.stringify(list.map((entry) => JSON.stringify(entry)).sort())
}

/** The configuration with `learner` added; another learner of the same host is replaced. */
export function withLearner(configuration: Configuration, learner: Learner): WantedConfiguration {
  const learners = configuration.learners.filter(
    (other) => other.host !== learner.host && other.id !== learner.id,
  )
  return { voters: configuration.voters, learners: [...learners, learner] }
}

/** The configuration in which the member of the same id is as `member` says: dialled elsewhere, or reading other versions. */
export function withUpdated(configuration: Configuration, member: Member): WantedConfiguration {
  const update = <T extends Member>(list: readonly T[]) =>
    list.map((known) => (known.id === member.id ? { ...known, ...member } : known))
  return { voters: update(configuration.voters), learners: update(configuration.learners) }
}
