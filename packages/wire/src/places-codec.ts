/** Where members are to be, as a change of members names it. */
import type { Place, PlacedMember } from '@rafted/core'
import { cannotEncode } from './bad-bytes.ts'
import { MAX_ID_BYTES, MAX_MEMBERS } from './limits.ts'
import type { Reader } from './reader.ts'
import type { Writer } from './writer.ts'

/** Their places in this list are part of the format. */
const PLACES: readonly Place[] = ['out', 'learner', 'promoted', 'voter']
/** Voters and learners. */
const MAX_PLACES = 2 * MAX_MEMBERS
/** An id of one byte after its length, and the place. */
const MIN_PLACED_BYTES = 3

export function writePlaces(w: Writer, places: readonly PlacedMember[]): void {
  if (places.length > MAX_PLACES) cannotEncode(`more than ${MAX_PLACES} members are named`)
  if (namesOneTwice(places)) cannotEncode('a member is named twice')
  w.uint(places.length)
  for (const { member, place } of places) {
    const at = PLACES.indexOf(place)
    if (at < 0) cannotEncode(`"${place}" is none of ${PLACES.join(', ')}`)
    w.id(member, MAX_ID_BYTES)
    w.u8(at)
  }
}

export function readPlaces(r: Reader): PlacedMember[] {
  const count = r.count(MAX_PLACES, MIN_PLACED_BYTES, 'members')
  const places: PlacedMember[] = []
  for (let i = 0; i < count; i++) {
    const member = r.id(MAX_ID_BYTES)
    const at = r.u8()
    const place = PLACES[at]
    if (place === undefined) r.fail(`${at} is no place of a member`)
    places.push({ member, place })
  }
  if (namesOneTwice(places)) r.fail('a member is named twice')
  return places
}

function namesOneTwice(places: readonly PlacedMember[]): boolean {
  return new Set(places.map(({ member }) => member)).size < places.length
}
