import { describe, expect, test } from 'vitest'
import { UrlPolicy } from '../../../src/http/policies/egress.ts'
import { judgeLink } from '../../../src/paging/judge-link.ts'

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
