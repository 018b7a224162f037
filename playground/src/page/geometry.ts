/** Where things stand in the ring. */

export interface Point {
  readonly x: number
  readonly y: number
}

/** The picture, and the ring in it. */
export interface Frame {
  readonly width: number
  readonly height: number
  readonly centre: Point
  readonly ring: Point
}

/** As wide as a page is; and for a phone, where height costs less. */
export const frames: { readonly wide: Frame; readonly narrow: Frame } = {
  wide: { width: 760, height: 560, centre: { x: 380, y: 264 }, ring: { x: 290, y: 198 } },
  narrow: { width: 430, height: 560, centre: { x: 215, y: 262 }, ring: { x: 150, y: 200 } },
}

/** Of a member, among so many. */
export function radiusFor(members: number): number {
  return members <= 5 ? 44 : members <= 7 ? 39 : 34
}

/** The first is at the top, the others follow clockwise. */
export function placeOf({ centre, ring }: Frame, at: number, members: number): Point {
  const angle = (2 * Math.PI * at) / members - Math.PI / 2
  return {
    x: Math.round(centre.x + ring.x * Math.cos(angle)),
    y: Math.round(centre.y + ring.y * Math.sin(angle)),
  }
}

/** A place on the way from one member to another; each way keeps to its right, so that both can be told apart. */
export function onTheWay(from: Point, to: Point, radius: number, progress: number): Point {
  const length = Math.max(1, Math.hypot(to.x - from.x, to.y - from.y))
  const [dx, dy] = [(to.x - from.x) / length, (to.y - from.y) / length]
  const start = radius + 8
  const along = start + (length - 2 * start) * progress
  const aside = 9
  return { x: from.x + dx * along - dy * aside, y: from.y + dy * along + dx * aside }
}
