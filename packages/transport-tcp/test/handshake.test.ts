/** The handshake without sockets: who gets in, and who doesn't. */
import { describe, expect, test } from 'vitest'
import { encodeMessage, Kind, type Message, messageIn, VERSIONS } from '../src/greeting.ts'
import {
  DiallerHandshake,
  type Handshake,
  ListenerHandshake,
  type Remote,
  refusalMessage,
  type Self,
} from '../src/handshake.ts'
import { refusal } from '../src/refusal.ts'
import { selfOf } from './raw-peer.ts'

type Change = (bytes: Uint8Array, step: number) => Uint8Array

interface Outcome {
  dialler: Remote | string | null
  listener: Remote | string | null
}

const parsed = (bytes: Uint8Array): Message => messageIn(Buffer.from(bytes))!

/** Carries messages to and fro, changed on the way, until one side fails or both are done. */
function run(dialler: Handshake, listener: Handshake, change: Change = (bytes) => bytes): Outcome {
  const outcome: Outcome = { dialler: null, listener: null }
  let message: Uint8Array | null = dialler.first
  for (let step = 0; message !== null; step++) {
    const side = step % 2 === 0 ? 'listener' : 'dialler'
    try {
      const { send, opened } = (side === 'listener' ? listener : dialler).take(parsed(change(message, step)))
      if (opened !== null) outcome[side] = opened.remote
      message = send
    } catch (error) {
      outcome[side] = (error as { code: string }).code
      message = null
    }
  }
  return outcome
}

const a = selfOf('a', { address: 'a:1' })
const b = selfOf('b', { address: 'b:2' })
const between = (from: Self, to: Self, change?: Change): Outcome =>
  run(new DiallerHandshake(from, 'bulk'), new ListenerHandshake(to), change)

describe('F93d: who gets in', () => {
  test('both learn who the other is, with and without a secret', () => {
    for (const secret of ['a secret of the cluster', null]) {
      const outcome = between(
        selfOf('a', { address: 'a:1', largest: 7, secret }),
        selfOf('b', { address: 'b:2', largest: 9, secret }),
      )
      expect(outcome.listener).toMatchObject({
        name: 'a',
        role: 'peer',
        lane: 'bulk',
        address: 'a:1',
        largest: 7,
      })
      expect(outcome.dialler).toMatchObject({
        name: 'b',
        role: 'peer',
        lane: 'bulk',
        address: 'b:2',
        largest: 9,
      })
    }
    expect(between(selfOf('cli', { role: 'client' }), b).listener).toMatchObject({
      role: 'client',
      address: '',
    })
  })

  test('nobody with another secret, and the listener shows no proof to such a one', () => {
    const stranger = selfOf('a', { secret: 'another one altogether' })
    const sent: number[] = []
    const outcome = between(stranger, b, (bytes) => {
      sent.push(parsed(bytes).kind)
      return bytes
    })
    expect(outcome).toEqual({ dialler: null, listener: 'wrong-secret' })
    expect(sent).toEqual([Kind.hello, Kind.challenge, Kind.proof])
  })

  test('F93f: whoever has either secret, while it is changed', () => {
    const [old, next] = ['the secret until now', 'the secret from now on']
    const has = (secret: string | string[]) => selfOf('x', { address: 'x:1', secret })
    // First all accept the new one, then all prove themselves by it, then nobody accepts the old one.
    const steps = [has(old), has([old, next]), has([next, old]), has(next)]
    for (const [i, from] of steps.entries())
      for (const [j, to] of steps.entries()) {
        const outcome = between(from, to)
        const name = `${i} dials ${j}`
        if (Math.abs(i - j) <= 1)
          expect(outcome, name).toMatchObject({ dialler: { name: 'x' }, listener: { name: 'x' } })
      }
    expect(between(has(old), has(next)).listener).toBe('wrong-secret')
    expect(between(has(next), has(old)).listener).toBe('wrong-secret')
  })

  test('no listener with another secret', () => {
    // It lets everybody in, and can't prove itself.
    const trap = new ListenerHandshake(selfOf('b', { secret: 'another one altogether' }))
    const dialler = new DiallerHandshake(a, 'urgent')
    const { send } = dialler.take(parsed(trap.take(parsed(dialler.first)).send!))
    expect(parsed(send!).kind).toBe(Kind.proof)
    for (const proof of [new Uint8Array(32), parsed(send!).body, new Uint8Array()])
      expect(() => dialler.take(parsed(encodeMessage(Kind.accepted, proof)))).toThrow(
        expect.objectContaining({ code: 'wrong-secret' }),
      )
  })

  test('nobody without a secret where there is one, nor the other way round', () => {
    const bare = selfOf('c', { secret: null })
    expect(between(bare, b).listener).toBe('wrong-secret')
    expect(between(a, bare).listener).toBe('wrong-secret')
    // The listener's own word for it isn't needed: the dialler checks too.
    const dialler = new DiallerHandshake(a, 'urgent')
    const challenge = new ListenerHandshake(bare).take(parsed(new DiallerHandshake(bare, 'urgent').first))
      .send!
    expect(() => dialler.take(parsed(challenge))).toThrow(expect.objectContaining({ code: 'wrong-secret' }))
  })

  test('F94c: nobody of another cluster, on either side', () => {
    const other = selfOf('a', { cluster: 'another' })
    expect(between(other, b).listener).toBe('wrong-cluster')
    const challenge = new ListenerHandshake(other).take(parsed(new DiallerHandshake(other, 'urgent').first))
      .send!
    expect(() => new DiallerHandshake(a, 'urgent').take(parsed(challenge))).toThrow(
      expect.objectContaining({ code: 'wrong-cluster' }),
    )
  })

  test('nobody who speaks other versions only; whoever speaks newer ones too is answered in this one', () => {
    const withVersions =
      (oldest: number, newest: number): Change =>
      (bytes, step) => {
        const { kind, body } = parsed(bytes)
        return step % 2 === 0 ? encodeMessage(kind, body, [oldest, newest]) : bytes
      }
    expect(between(a, b, withVersions(2, 3)).listener).toBe('version-mismatch')
    expect(between(a, b, withVersions(0, 0)).listener).toBe('version-mismatch')
    expect(VERSIONS).toEqual([1, 1])
    // Taken as it is by a listener; here it was changed on the way, which the proof finds out.
    expect(between(a, b, withVersions(1, 2))).toEqual({ dialler: null, listener: 'wrong-secret' })
    const bare = (name: string): Self => selfOf(name, { secret: null })
    expect(between(bare('a'), bare('b'), withVersions(1, 2)).listener).toMatchObject({ name: 'a' })
    const challenge = parsed(
      new ListenerHandshake(b).take(parsed(new DiallerHandshake(a, 'urgent').first)).send!,
    )
    const tooNew = encodeMessage(Kind.challenge, Uint8Array.from([2, 0, ...challenge.body.slice(2)]))
    expect(() => new DiallerHandshake(a, 'urgent').take(parsed(tooNew))).toThrow(
      expect.objectContaining({ code: 'version-mismatch' }),
    )
  })

  test('what later versions add to a message is skipped, and proved like the rest', () => {
    class Longer extends DiallerHandshake {
      override readonly first: Uint8Array
      constructor() {
        super(a, 'urgent')
        const { kind, body } = parsed(new DiallerHandshake(a, 'urgent').first)
        this.first = encodeMessage(kind, Buffer.concat([body, Buffer.from('more')]))
      }
    }
    expect(run(new Longer(), new ListenerHandshake(b))).toMatchObject({
      dialler: { name: 'b' },
      listener: { name: 'a' },
    })
  })
})

describe('F93d: proofs', () => {
  test('cover every byte that was said: nothing can be changed on the way', () => {
    const lengths = [parsed(new DiallerHandshake(a, 'bulk').first).bytes.byteLength]
    between(a, b, (bytes, step) => {
      lengths[step] = bytes.byteLength
      return bytes
    })
    expect(lengths).toHaveLength(4)
    for (const [step, length] of lengths.entries())
      for (let at = 0; at < length; at++)
        for (const bit of [1, 0x80]) {
          const outcome = (() => {
            try {
              return between(a, b, (bytes, now) => {
                const copy = new Uint8Array(bytes)
                if (now === step) copy[at]! ^= bit
                return copy
              })
            } catch {
              // Not even a message any more.
              return null
            }
          })()
          // Whoever was changed against is not believed by the one who hears it.
          const believed = step % 2 === 0 ? outcome?.listener : outcome?.dialler
          expect(
            typeof believed === 'object' && believed !== null,
            `step ${step}, byte ${at}, bit ${bit}`,
          ).toBe(false)
        }
  })

  test('are no good sent back to whoever made them', () => {
    // A stranger lets `a` prove to itself: it dials a, and answers with what a says as a dialler.
    const dialler = new DiallerHandshake(a, 'urgent')
    const listener = new ListenerHandshake(a)
    const challenge = listener.take(parsed(dialler.first)).send!
    const proof = dialler.take(parsed(challenge)).send!
    expect(() => dialler.take(parsed(encodeMessage(Kind.accepted, parsed(proof).body)))).toThrow(
      expect.objectContaining({ code: 'wrong-secret' }),
    )
  })

  test('are no good another time', () => {
    const dialler = new DiallerHandshake(a, 'urgent')
    const first = new ListenerHandshake(b)
    const proof = dialler.take(parsed(first.take(parsed(dialler.first)).send!)).send!
    expect(first.take(parsed(proof)).opened?.remote).toMatchObject({ name: 'a' })
    // The same hello and proof again, at a listener that has drawn another nonce.
    const again = new ListenerHandshake(selfOf('b', { address: 'b:2' }))
    again.take(parsed(dialler.first))
    expect(() => again.take(parsed(proof))).toThrow(expect.objectContaining({ code: 'wrong-secret' }))
  })
})

describe('what is no message', () => {
  test('is told from the first byte that can not be one', () => {
    for (const bytes of ['GET / HTTP/1.1\r\n', 'X', 'RFTX', '\0'])
      expect(() => messageIn(Buffer.from(bytes))).toThrow(expect.objectContaining({ code: 'bad-bytes' }))
    expect(messageIn(Buffer.from('RFT'))).toBeNull()
    const long = encodeMessage(Kind.hello, new Uint8Array(1025))
    expect(() => messageIn(Buffer.from(long.subarray(0, 11)))).toThrow(
      expect.objectContaining({ code: 'bad-bytes' }),
    )
  })

  test('F94: hellos that are cut short or nonsense are refused, whatever is wrong with them', () => {
    const { body } = parsed(new DiallerHandshake(a, 'urgent').first)
    const refused = (bytes: Uint8Array): void =>
      expect(() => new ListenerHandshake(b).take(parsed(encodeMessage(Kind.hello, bytes)))).toThrow(
        expect.objectContaining({ code: 'bad-bytes' }),
      )
    for (let length = 0; length < body.byteLength; length++) refused(body.subarray(0, length))
    const changed = (at: number, byte: number): Uint8Array => {
      const copy = new Uint8Array(body)
      copy[at] = byte
      return copy
    }
    for (const [at, byte] of [
      [0, 0],
      [0, 3],
      [1, 0],
      [1, 3],
      [2, 2],
    ] as const)
      refused(changed(at, byte))
    // The name: no UTF-8. And addresses that don't go with the role.
    refused(changed(Buffer.from(body).indexOf('a', 60), 0xff))
    for (const self of [selfOf('a', { address: '' }), selfOf('a', { address: 'nowhere' }), selfOf('', {})])
      expect(between(self, b).listener).toBe('bad-bytes')
    expect(between({ ...selfOf('a'), role: 'client' }, b).listener).toBe('bad-bytes')
  })

  test('messages out of turn', () => {
    const { first } = new DiallerHandshake(a, 'urgent')
    const out = (handshake: Handshake, kind: number): void =>
      expect(() => handshake.take(parsed(encodeMessage(kind, new Uint8Array(40))))).toThrow(
        expect.objectContaining({ code: 'bad-bytes' }),
      )
    for (const kind of [0, Kind.challenge, Kind.proof, Kind.accepted, 9]) out(new ListenerHandshake(b), kind)
    for (const kind of [0, Kind.hello, Kind.proof, Kind.accepted, 9])
      out(new DiallerHandshake(a, 'urgent'), kind)
    const greeted = new ListenerHandshake(b)
    greeted.take(parsed(first))
    out(greeted, Kind.hello)
  })
})

test('a refusal says why, as far as it is known', () => {
  const reasons = ['version-mismatch', 'wrong-cluster', 'wrong-secret', 'overloaded'] as const
  for (const [i, code] of reasons.entries()) {
    const message = parsed(refusalMessage(refusal(code, 'why'))!)
    expect([message.kind, ...message.body]).toEqual([Kind.refused, i + 1])
    for (const handshake of [new DiallerHandshake(a, 'urgent'), new ListenerHandshake(b)])
      expect(() => handshake.take(message)).toThrow(expect.objectContaining({ code }))
  }
  for (const body of [Uint8Array.of(77), new Uint8Array()])
    expect(() => new DiallerHandshake(a, 'urgent').take(parsed(encodeMessage(Kind.refused, body)))).toThrow(
      expect.objectContaining({ code: 'bad-bytes' }),
    )
  for (const error of [new Error('anything else'), refusal('bad-bytes', 'why')])
    expect(refusalMessage(error)).toBeNull()
})
