/** Whom certificates name, from the text that Node.js makes of their alternative names. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { certificateName, checkNamed, checkNamesHost, type Named, namesIn } from '../src/certificate.ts'

const a: Named = { cluster: 'shop', role: 'peer', name: 'a' }
const web: Named = { cluster: 'shop', role: 'client', name: 'web' }

describe('F94f: names', () => {
  test('of any text are found again, among others', () => {
    const texts = fc.string({ unit: 'grapheme', minLength: 1 })
    fc.assert(
      fc.property(texts, texts, fc.constantFrom('host', 'client'), (cluster, name, kind) => {
        const uri = certificateName(cluster, kind, name)
        const role = kind === 'host' ? 'peer' : 'client'
        expect(namesIn(`DNS:a.example, URI:${uri}, IP Address:10.0.0.1`)).toEqual([{ cluster, role, name }])
      }),
    )
  })

  test('of nobody are refused', () => {
    for (const [cluster, name] of [
      ['', 'a'],
      ['shop', ''],
      ['shop', '\ud800'],
    ] as const)
      expect(() => certificateName(cluster, 'host', name)).toThrow(
        expect.objectContaining({ code: 'invalid-argument' }),
      )
  })

  test('are URIs, exactly, and nothing else', () => {
    for (const [text, names] of [
      ['URI:rafted://shop/host/a', [a]],
      ['URI:rafted://shop/host/%61, URI:rafted://shop/client/web', [a, web]],
      [undefined, []],
      ['', []],
      ['DNS:rafted://shop/host/a', []],
      ['URI:rafted://shop/host/a/b', []],
      ['URI:rafted://shop/host/', []],
      ['URI:rafted://shop/hosts/a', []],
      ['URI:rafted:///host/a', []],
      ['URI:rafted://shop/host/a?b', []],
      ['URI:rafted://shop/host/%ff', []],
      ['URI:RAFTED://shop/host/a', []],
      ['URI:x-rafted://shop/host/a', []],
      // Inside another name.
      ['DNS:"a, URI:rafted://shop/host/a"', []],
      [String.raw`DNS:"a\", URI:rafted://shop/host/a"`, []],
      // Not understood to its end: worth nothing.
      ['URI:rafted://shop/host/a, DNS:"a', []],
      ['URI:rafted://shop/host/a,URI:x', []],
      ['URI:rafted://shop/host/a, , ', []],
    ] as const)
      expect(namesIn(text), text).toEqual(names)
  })

  test('must be who somebody says he is, in this cluster and this role', () => {
    const reason = (names: readonly Named[], claimed: Named): unknown => {
      try {
        checkNamed(names, claimed)
        return null
      } catch (error) {
        return (error as { details: { reason: string } }).details.reason
      }
    }
    expect(reason([a], a)).toBeNull()
    expect(reason([web, a], a)).toBeNull()
    expect(reason([a], { ...a, name: 'A' })).toBe('wrong-name')
    expect(reason([{ ...a, cluster: 'mall' }], a)).toBe('wrong-name')
    expect(reason([], a)).toBe('wrong-name')
    expect(reason([web], { ...web, role: 'peer' })).toBe('wrong-role')
    expect(reason([a], { ...a, role: 'client' })).toBe('wrong-role')
    expect(reason([a, web], { ...web, role: 'peer' })).toBe('wrong-name')
    checkNamesHost([web, a], 'shop')
    expect(() => checkNamesHost([web], 'shop')).toThrow(
      expect.objectContaining({ details: { reason: 'wrong-role' } }),
    )
    for (const names of [[], [{ ...a, cluster: 'mall' }]])
      expect(() => checkNamesHost(names, 'shop')).toThrow(
        expect.objectContaining({ details: { reason: 'wrong-name' } }),
      )
  })
})
