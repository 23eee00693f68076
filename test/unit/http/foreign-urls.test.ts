import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { cpuSince } from '../../support/own-time.ts'
import { CarequalityClient } from '../../../src/client/client.ts'
import { TokenTrust } from '../../../src/discovery/token-trust.ts'
import { isAddress, addressScopeOf } from '../../../src/http/policies/addresses.ts'
import { publishedUrl, requireBaseUrl, shownUrl } from '../../../src/http/policies/base-url.ts'
import { LONGEST_URL, parseUrl } from '../../../src/http/policies/parse-url.ts'
import { UrlPolicy } from '../../../src/http/policies/egress.ts'
import { heapBytesOf } from '../../../src/lib/heap-bytes.ts'
import { root } from '../../support/run.ts'

/** Each is 100 kB to 1 MB of what a regular expression or a host parser could stumble over. */
const CROWDED: readonly (readonly [what: string, url: string])[] = [
  ['a host of dots', `https://a${'.'.repeat(100_000)}b/`],
  ['a host of dots at the end', `https://a${'.'.repeat(100_000)}/`],
  ['a host of a million labels', `https://${'a.'.repeat(500_000)}example.org/`],
  ['slashes', `https:${'/'.repeat(1_000_000)}x`],
  ['user info without end', `https://${'a:'.repeat(500_000)}@x.example/`],
  ['a path of points', `https://x.example/${'../'.repeat(300_000)}`],
  ['percent signs', `https://x.example/${'%2e'.repeat(300_000)}`],
  ['digits', `https://${'1'.repeat(1_000_000)}/`],
  ['colons', `https://[${':'.repeat(1_000_000)}]/`],
  ['white space', ' '.repeat(1_000_000)],
  ['white space inside', `https://x.example/${' '.repeat(1_000_000)}y`],
  ['a scheme', `${'a+'.repeat(500_000)}:x`],
  ['a query', `https://x.example/?${'&'.repeat(1_000_000)}`],
]

describe('a URL from outside', () => {
  test.each(CROWDED)('%s does not keep any function that is given it busy', async (_, url) => {
    const trusts = await new TokenTrust().rule()
    const policy = new UrlPolicy({ allowInsecureLoopback: true })
    const base = 'https://fhir.example.org/r4'
    const begun = process.cpuUsage()
    parseUrl(url)
    parseUrl('x', url)
    addressScopeOf(url)
    isAddress(url)
    shownUrl(url)
    publishedUrl(url, base)
    trusts(base, url)
    trusts(url, base)
    policy.addressesOf(url)
    expect(policy.reasonToReject(url)).toBeDefined()
    expect(() => requireBaseUrl(url, 'baseUrl')).toThrow(TypeError)
    expect(cpuSince(begun)).toBeLessThan(250)
  })

  test('is none where it is longer than 8 kB, or its host than 253 characters', () => {
    const path = (length: number): string => 'https://x.example/'.padEnd(length, 'p')
    expect(parseUrl(path(LONGEST_URL))).toBeDefined()
    expect(parseUrl(path(LONGEST_URL + 1))).toBeUndefined()
    const host = (length: number): string => 'example.org'.padStart(length, 'a.b')
    expect(parseUrl(`https://${host(253)}/`)?.hostname).toHaveLength(253)
    expect(parseUrl(`https://${host(253)}./`)?.hostname).toHaveLength(253)
    expect(parseUrl(`https://${host(254)}/`)).toBeUndefined()
    expect(new UrlPolicy({}).reasonToReject(path(LONGEST_URL + 1))).toContain('longer than 8192')
  })

  test('keeps no more alive than shows that it is too long', () => {
    const kept = publishedUrl(`https://x.example/${'p'.repeat(8e6)}`, 'https://x.example')
    expect(heapBytesOf(kept)).toBeLessThan(20_000)
    expect(new UrlPolicy({}).reasonToReject(kept)).toContain('longer than')
  })

  test.each([
    'https://a..b.example/',
    'https://.example/',
    'https://./',
    'https://x.example../',
    'https://localhost../',
  ])('has no host with an empty label: %s', (url) => {
    expect(parseUrl(url)).toBeUndefined()
  })

  test('is compared under its one canonical host, whatever its spelling', async () => {
    const trusts = await new TokenTrust().rule()
    for (const spelled of [
      'https://partner.example./r4',
      'https://PARTNER.example.:443/r4',
      'https://partner.example%2e/r4',
      'https://partner。example。/r4',
    ]) {
      expect(parseUrl(spelled)?.origin).toBe('https://partner.example')
      const closed = new UrlPolicy({ allowedOrigins: ['https://partner.example'] })
      expect(closed.reasonToReject('https://partner.example./r4')).toBeUndefined()
      const dotted = new UrlPolicy({ allowedOrigins: ['https://partner.example.'] })
      expect(dotted.reasonToReject('https://partner.example/r4')).toBeUndefined()
      expect(trusts('https://partner.example/r4', spelled)).toBe(true)
    }
  })

  test.each([
    ...['fhir', 'ehr.svc', 'fhir.hospital.svc', 'nas.lan', 'fhir.corp', 'a.home.arpa', 'home.arpa'],
    ...['printer.local', 'metadata.google.internal', 'ehr.intranet', 'box.home', 'x.private'],
    ...['fhir.default.svc.cluster.local', 'a.localdomain', 'FHIR.Corp.', 'fhir.', 'xn--4ca'],
  ])('%s is in a private network by its name', (host) => {
    expect(new UrlPolicy({}).reasonToReject(`https://${host}/r4`)).toContain('private network')
    const named = new UrlPolicy({ allowedPrivateHosts: [host] })
    expect(named.reasonToReject(`https://${host}/r4`)).toBeUndefined()
  })

  test.each([
    'corp.example.org',
    'svc.example',
    'lan.hospital.org',
    'mylan.com',
    'home.arpa.example',
  ])('%s is public', (host) => {
    expect(new UrlPolicy({}).reasonToReject(`https://${host}/`)).toBeUndefined()
  })

  test('names no scheme that a server made up', () => {
    expect(new UrlPolicy({}).reasonToReject('secret-token://x')).toBe('its scheme is not https:')
    expect(new UrlPolicy({}).reasonToReject('ftp://x')).toBe('its scheme is ftp: and not https:')
  })

  test('passes through parseUrl in every file of the source', () => {
    const files = readdirSync(`${root}/src`, { recursive: true, encoding: 'utf8' }).filter(
      (file) => file.endsWith('.ts') && !file.startsWith('testing/'),
    )
    const own = files.filter((file) =>
      /\bnew URL\(|\bURL\.(parse|canParse)\b/.test(
        readFileSync(`${root}/src/${file}`, 'utf8')
          .split('\n')
          .filter((line) => !/^ *(\/\/|\/?\*)/.test(line))
          .join('\n'),
      ),
    )
    expect(own).toEqual(['http/policies/parse-url.ts'])
  })
})

test('a block of a partner counts for its name with the dot at the end, and the other way round', async () => {
  const urls: string[] = []
  const client = new CarequalityClient({
    clientId: 'fhir.example.org',
    signer: () => Promise.reject(new Error('nothing is signed here')),
    fetch: (request) => {
      urls.push(request.url)
      return Promise.resolve(new Response('', { status: 404 }))
    },
  })
  for (const [blocked, asked] of [
    ['https://one.example', 'https://one.example./r4'],
    ['https://two.example.', 'https://two.example/r4'],
    ['https://THREE.example.:443', 'https://three.example./r4'],
  ] as const) {
    client.block(blocked, 'the contract ended')
    await expect(client.responder({ baseUrl: asked })).rejects.toMatchObject({
      code: 'ERR_CQ_ORIGIN_REFUSED',
    })
  }
  expect(urls).toEqual([])
})
