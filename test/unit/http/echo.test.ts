import { describe, expect, test } from 'vitest'
import { cpuMs } from '../../support/own-time.ts'
import { sentBy } from '../../../src/http/response-context.ts'
import { screenFor, screenNothing, shownOrigin } from '../../../src/http/echo.ts'

const TOKEN = 'eyJhbGciOiJSUzI1NiJ9.s3cret.sig-nature'
const BASE = 'https://fhir.example.org/fhir/r4'
const sent = sentBy(
  {
    ...{ url: '', base: BASE, pathTemplate: '', accept: 'application/fhir+json', kind: 'page' },
    ...{ retry: 'safe', attemptTimeoutMs: 1 },
    headers: { authorization: `Bearer ${TOKEN}` },
  },
  `${BASE}/Patient/1316024?family=M%C3%BCller+Li&identifier=urn:oid:2.999|MRN-777`,
  'client_assertion=aaa.bbb.ccc&birthdate=1946-04-05',
)
const screen = screenFor(() => sent)

describe('a word of the server', () => {
  test.each([
    ...[TOKEN, TOKEN.toUpperCase(), 's3cret', `x-${TOKEN}-y`, 'sig-nature', '1316024', 'MRN-777'],
    ...['müller', 'm%c3%bcller', 'li', 'x-li', 'text/li', 'application/mrn', 'no-1316024-here'],
    ...['aaa.bbb.ccc', '1946-04-05', '2.999', 'x'.repeat(301)],
  ])('is not shown where it repeats what was sent, in any part or case: %s', (word) => {
    expect(screen(word)).toBeUndefined()
  })

  test.each([
    ...['req-17-abc', 'text/html', 'application/fhir+json', 'fhir.example.org', 'r4', 'bearer'],
    ...['listen.example', 'x'.repeat(300)],
  ])('is shown where it is its own: %s', (word) => {
    expect(screen(word)).toBe(word)
    expect(screenNothing(word)).toBe(word)
  })

  test('is asked about without much work, however long both are', () => {
    const long = screenFor(() => ['word '.repeat(200_000), '%41'.repeat(300_000)])
    const spent = cpuMs(() => {
      for (let at = 0; at < 20; at += 1) long(`code-${at}`)
      long('y'.repeat(1_000_000))
    })
    expect(spent).toBeLessThan(1_000)
  })

  test('an origin is named in a message, or left out', () => {
    expect(shownOrigin(new URL('https://other.example/x'), screen)).toBe(', https://other.example')
    expect(shownOrigin(new URL('https://mrn-777.evil.test/'), screen)).toBe('')
    expect(shownOrigin(new URL('data:,x'), screen)).toBe('')
  })
})
