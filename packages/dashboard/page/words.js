/** What states and troubles are called, and by which sign they are known without their colour. */

/** @import { RowState, Trouble } from '../src/rows.ts' */

/** @type {Record<RowState, { sign: string, text: string }>} */
export const STATES = {
  leading: { sign: '★', text: 'leads' },
  following: { sign: '●', text: 'follows' },
  learning: { sign: '◇', text: 'learns' },
  electing: { sign: '▲', text: 'stands for election' },
  waiting: { sign: '…', text: 'waits' },
  stopped: { sign: '■', text: 'stopped' },
  elsewhere: { sign: '↗', text: 'elsewhere' },
}

/** @type {Record<Trouble, { text: string, isGrave: boolean }>} */
export const TROUBLES = {
  'no-leader': { text: 'no leader', isGrave: true },
  stopped: { text: 'stopped', isGrave: true },
  removed: { text: 'removed', isGrave: true },
  damaged: { text: 'damaged log', isGrave: true },
  'silent-peers': { text: 'silent peer', isGrave: true },
  lagging: { text: 'lagging', isGrave: false },
  joint: { text: 'members change', isGrave: false },
  transfer: { text: 'handing over', isGrave: false },
  moving: { text: 'moving', isGrave: false },
  unplaced: { text: 'not serving', isGrave: true },
}

/** A member's role. @param {string} role @param {string} place */
export function roleOf(role, place) {
  if (place === 'former') return { sign: '✕', text: 'no member', name: 'former' }
  if (role === 'leader') return { sign: '★', text: 'leader', name: 'leading' }
  if (role === 'candidate') return { sign: '▲', text: 'candidate', name: 'electing' }
  if (role === 'pre-candidate') return { sign: '△', text: 'pre-candidate', name: 'electing' }
  if (place === 'learner') return { sign: '◇', text: 'learner', name: 'learning' }
  return { sign: '●', text: 'follower', name: 'following' }
}

/** How many colours and dashes lines have: the palette of Okabe and Ito, which colour-blind people tell apart. */
export const LINES = 6
