import { describe, expect, test } from 'vitest'
import fc from 'fast-check'
import { UrlPolicy } from '../../../src/http/policies/egress.ts'
import { judgeLink } from '../../../src/paging/judge-link.ts'
import { Fingerprints } from '../../../src/paging/fingerprints.ts'

describe('judge link', () => {
  const policy = new UrlPolicy({})
  const baseUrl = 'https://server.example/fhir/r4'
  const request = `${baseUrl}/Patient/_search?family=a`

  describe('one judge for the links of FHIR servers and directories', () => {
    test.each([
      ['?page=2', `${baseUrl}/Patient?page=2`],
      ['Patient?page=2', `${baseUrl}/Patient?page=2`],
      ['/fhir/r4?getpages=1', `${baseUrl}?getpages=1`],
    ])('%s leads to %s', (link, url) => {
      expect(judgeLink(link, request, { policy, baseUrl, roots: [baseUrl] })).toEqual({ url })
      expect(judgeLink(link, request, { policy, baseUrl })).toEqual({ url })
    })

    test.each([
      ['', 'empty'],
      [7, 'not a string'],
      ['https://other.example/fhir/r4?page=2', 'another origin'],
      ['https://@server.example/fhir/r4?page=2', 'user info'],
      [`?page=${'x'.repeat(9_000)}`, 'longer than 8192'],
      ['?page=2 ', 'white space'],
    ])('%j is refused: %s', (link, reason) => {
      const verdict = judgeLink(link, request, { policy, baseUrl })
      expect(verdict).toEqual({ refused: expect.stringContaining(reason) as string })
    })

    test('a path outside of the roots is refused where there are any', () => {
      const link = 'https://server.example/other/Patient?page=2'
      expect(judgeLink(link, request, { policy, baseUrl })).toEqual({ url: link })
      expect(judgeLink(link, request, { policy, baseUrl, roots: [baseUrl] })).toEqual({
        refused: 'it leaves the path of the FHIR base',
      })
    })
  })
})

describe('fingerprints', () => {
  /** Adds them all; the texts that were taken for one that had been there. */
  function taken(
    texts: Iterable<string>,
    seed: number,
  ): { known: Fingerprints; dropped: string[] } {
    const known = new Fingerprints(seed)
    const dropped: string[] = []
    for (const text of texts) if (!known.add(text)) dropped.push(text)
    return { known, dropped }
  }

  function* oids(count: number): Generator<string> {
    for (let at = 0; at < count; at += 1) yield `2.16.840.1.113883.3.${at % 977}.${at}`
  }

  describe('fingerprints answer as a set of the texts would', () => {
    test('for any texts in any order, from any seed', () => {
      const texts = fc.array(
        fc.oneof(
          fc.string({ maxLength: 40 }),
          fc.string({ unit: 'binary', maxLength: 8 }),
          fc.constantFrom('', '0', '00', '\0', 'a', 'A', '2.999.1', '2.999.11', '2.999.1 '),
        ),
        { maxLength: 400 },
      )
      fc.assert(
        fc.property(texts, fc.integer({ min: 0, max: 0xffffffff }), (all, seed) => {
          const set = new Set<string>()
          const known = new Fingerprints(seed)
          for (const text of all) {
            const isNew = !set.has(text)
            set.add(text)
            if (known.add(text) !== isNew || known.size !== set.size) return false
          }
          return true
        }),
        { numRuns: 300 },
      )
    })

    test('while they grow: what was there before stays', () => {
      const known = new Fingerprints(7)
      const all = [...oids(20_000)]
      for (const text of all) expect(known.add(text)).toBe(true)
      for (const text of all) if (known.add(text)) throw new Error(`${text} was forgotten`)
      expect(known.size).toBe(20_000)
      expect(known.add('2.999')).toBe(true)
    })

    test.each([0, 1, 0xffffffff, 0x80000000, -1, 2 ** 40 + 3, Number.NaN])(
      '200,000 OIDs are 200,000, from seed %d',
      (seed) => {
        const { known, dropped } = taken(oids(200_000), seed)
        expect(dropped).toEqual([])
        expect(known.size).toBe(200_000)
      },
    )

    test('texts that differ in two neighbours only are told apart', () => {
      const letters = '0123456789.ABCDEFabcdef/-_ü€'.split('')
      const all = letters.flatMap((first) =>
        letters.flatMap((second) => letters.map((third) => `2.999.1${first}${second}${third}`)),
      )
      expect(taken(new Set(all), 0).dropped).toEqual([])
    })

    test('texts that are one text’s beginnings are told apart', () => {
      const long = '2.16.840.1.113883.'.repeat(60)
      const all = Array.from({ length: long.length }, (_, at) => long.slice(0, at))
      expect(taken(all, 3).dropped).toEqual([])
    })
  })

  describe('room made at once', () => {
    test('changes no answer, before and after', () => {
      for (const count of [0, 1, 1023, 1024, 5000, 1e12, Number.MAX_SAFE_INTEGER]) {
        const known = new Fingerprints(5)
        for (const text of oids(800)) known.add(text)
        known.reserve(count)
        expect(known.size).toBe(800)
        for (const text of oids(800)) expect(known.add(text)).toBe(false)
        for (const text of oids(3000)) known.add(text)
        known.reserve(1)
        expect(known.size).toBe(3000)
        for (const text of oids(3000)) expect(known.add(text)).toBe(false)
      }
    })

    test('is no promise: more come than it was made for', () => {
      const known = new Fingerprints(5)
      known.reserve(1500)
      for (const text of oids(30_000)) if (!known.add(text)) throw new Error(text)
      expect(known.size).toBe(30_000)
    })

    test.each([Number.NaN, -5, 0.5, Infinity])('for %d is no harm', (count) => {
      const known = new Fingerprints(5)
      known.reserve(count)
      expect(known.add('a')).toBe(true)
      expect(known.add('a')).toBe(false)
    })
  })
})
