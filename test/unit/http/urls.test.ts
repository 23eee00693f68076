import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { UrlPolicy } from '../../../src/http/policies/egress.ts'
import type { HttpOptions } from '../../../src/types.ts'
import { cpuSince, cpuMs } from '../../support/own-time.ts'
import { CarequalityClient } from '../../../src/client/client.ts'
import { TokenTrust } from '../../../src/discovery/token-trust.ts'
import { isAddress, addressScopeOf } from '../../../src/http/policies/addresses.ts'
import { publishedUrl, requireBaseUrl, shownUrl } from '../../../src/http/policies/base-url.ts'
import { LONGEST_URL, parseUrl } from '../../../src/http/policies/parse-url.ts'
import { heapBytesOf } from '../../../src/lib/heap-bytes.ts'
import { root } from '../../support/run.ts'
import { sentBy } from '../../../src/http/response-context.ts'
import { screenFor, screenNothing, shownOrigin } from '../../../src/http/echo.ts'

describe('url policy', () => {
  const plain = new UrlPolicy({})

  /** Row: the URL, and a word of the reason. */
  const HOSTILE: readonly (readonly [url: string, why: string])[] = [
    // this machine
    ...[
      'https://127.0.0.1/',
      'https://127.1/',
      'https://127.0.0.1./',
      'https://0x7f.1/',
      'https://0x7f000001/',
      'https://0177.0.0.1/',
      'https://2130706433/',
      'https://127.255.255.254:8443/fhir',
      'https://%31%32%37.0.0.1/',
      'https://127。0。0。1/',
      'https://127.0.0.1/',
      'https://①②⑦.0.0.1/',
      'https://localhost/',
      'https://localhost./',
      'https://LOCALHOST/',
      'https://loc%61lhost/',
      'https://ｌｏｃａｌｈｏｓｔ/',
      'https://foo.localhost/',
      'https://foo.bar.LocalHost.:8443/',
      'https://[::1]/',
      'https://[0:0:0:0:0:0:0:1]/',
      'https://[::ffff:127.0.0.1]/',
      'https://[::ffff:7f00:1]/',
      'https://[::127.0.0.1]/',
      'https://[64:ff9b::7f00:1]/',
      'https://[2002:7f00:1::]/',
    ].map((url) => [url, 'this machine'] as const),
    // private networks
    ...[
      'https://2852039166/',
      'https://169.254.169.254/latest/meta-data',
      'https://0xa9fea9fe/',
      'https://[::ffff:169.254.169.254]/',
      'https://10.0.0.1/',
      'https://012.0.0.1/',
      'https://172.16.0.1/',
      'https://172.31.255.255/',
      'https://192.168.1.1/',
      'https://100.64.0.1/',
      'https://100.127.255.255/',
      'https://192.0.0.1/',
      'https://198.18.0.1/',
      'https://0.0.0.0/',
      'https://0/',
      'https://224.0.0.1/',
      'https://255.255.255.255/',
      'https://[::]/',
      'https://[fe80::1]/',
      'https://[fec0::1]/',
      'https://[fc00::1]/',
      'https://[fd12:3456::1]/',
      'https://[ff02::1]/',
      'https://[64:ff9b::a00:1]/',
      'https://[64:ff9b:1::808:808]/',
      'https://[::a00:1]/',
      'https://[::ffff:0:808:808]/',
      'https://[2002:a00:1::]/',
      'https://[2001:0:a00:1::1]/',
      'https://metadata.google.internal/',
      'https://printer.local/',
      'https://router.home.arpa/',
      'https://localhost.localdomain/',
    ].map((url) => [url, 'private network'] as const),
    // what is not in plain sight
    ...[
      'https://user@fhir.example.org/',
      'https://user:pass@fhir.example.org/',
      'https://:pass@fhir.example.org/',
      'https://@fhir.example.org/',
      'https://:@fhir.example.org/',
      'https://fhir.example.org@evil.test/',
      'https://fhir.example.org%40x@evil.test/',
      'HTTPS://@fhir.example.org/',
      'https:@fhir.example.org/',
      'https:///@fhir.example.org/',
    ].map((url) => [url, 'user info'] as const),
    ...['https://fhir.example.org/#', 'https://fhir.example.org/r4#x', 'https://h.test?a#@b'].map(
      (url) => [url, 'fragment'] as const,
    ),
    ...[
      'https://ev\til.test/',
      'https://ev\nil.test/',
      'https://ev\ril.test/',
      'ht\ttps://evil.test/',
      ' https://evil.test/',
      'https://evil.test/ ',
      'https://evil.test/\u0000',
      'https://evil.test/\u007f',
      'https://evil.test/a b',
      'https://evil.test/\u00a0',
      'https://evil.test/\u2028',
      '\ufeffhttps://evil.test/',
      'https:\\\\evil.test\\',
      'https://fhir.example.org\\@evil.test/',
      'https://fhir.example.org/\\evil.test',
    ].map((url) => [url, 'white space'] as const),
    ...[
      'http://fhir.example.org/',
      'http://localhost/',
      'http://10.0.0.1/',
      'javascript:alert(1)',
      'file:///etc/passwd',
      'data:text/plain,x',
      'blob:https://fhir.example.org/1',
      'ftp://fhir.example.org/',
      'ws://fhir.example.org/',
      'wss://fhir.example.org/',
      'urn:oid:1.2.3',
    ].map((url) => [url, 'scheme'] as const),
    ...['https:fhir.example.org/', 'https:/fhir.example.org/', 'https:///fhir.example.org/'].map(
      (url) => [url, 'no host'] as const,
    ),
    ...[
      '',
      '/Patient',
      'fhir.example.org',
      '//fhir.example.org/',
      'https://',
      'https://[::1',
      'https://fhir.example.org:99999/',
      'https://1.2.3.4.5/',
      'https://256.1.1.1/',
      'https://exa%20mple.org/',
      'https://a<b.test/',
    ].map((url) => [url, 'not an absolute URL'] as const),
  ]

  const LEGITIMATE = [
    'https://fhir.example.org',
    'https://fhir.example.org/',
    'https://fhir.example.org:8181/r4/',
    'https://fhir.example.org:443/token',
    'HTTPS://FHIR.Example.ORG/R4',
    'https://fhir.example.org./r4',
    'https://fhir.example.org/a@b/c:d;e=1',
    'https://fhir.example.org/r4?_getpages=1&x=%2F%20%23',
    'https://fhir.example.org/r4/Patient?identifier=http://ns|1',
    'https://krankenhaus-müller.example/r4',
    'https://xn--krankenhaus-mller-q6b.example/r4',
    'https://病院.example/r4',
    'https://fhir.example.org/Ärzte',
    'https://8.8.8.8/r4',
    'https://172.32.0.1/',
    'https://100.128.0.1/',
    'https://169.253.1.1/',
    'https://[2606:4700::1111]/r4',
    'https://[64:ff9b::808:808]/',
    'https://[::ffff:8.8.8.8]/',
    'https://[2002:808:808::]/',
    'https://localhost.example.org/',
    'https://notlocalhost.test/',
    'https://internal.example.org/',
    'https://10.0.0.1.example.org/',
  ]

  describe('where a request may go', () => {
    test('the table of hostile URLs is long', () => {
      expect(HOSTILE.length).toBeGreaterThanOrEqual(100)
    })

    test.each(HOSTILE)('A5, I5: refuses %j: %s', (url, why) => {
      expect(plain.reasonToReject(url)).toContain(why)
    })

    test.each(LEGITIMATE)('permits %j', (url) => {
      expect(plain.reasonToReject(url)).toBeUndefined()
    })

    test('a reason never holds path, query or user info', () => {
      const secret = new UrlPolicy({ allowedOrigins: [] })
      for (const [url] of HOSTILE) {
        const marked = url.replace(/(\/?)$/, '/MARK?apikey=MARK').replace('user', 'MARK')
        expect(secret.reasonToReject(marked), marked).not.toContain('MARK')
      }
      expect(secret.reasonToReject('https://h.test/MARK?apikey=MARK')).toBe(
        'https://h.test is not in "allowedOrigins"',
      )
    })
  })

  describe('allowedPrivateHosts', () => {
    const hosts = ['FHIR.local', '10.0.0.5', '0x7f.1', 'fd00::5', '[fd00::6]', 'localhost']
    const policy = new UrlPolicy({ allowedPrivateHosts: hosts })

    test('permits the named hosts in any notation, with any port, over https', () => {
      for (const host of ['fhir.local', '10.0.0.5:8443', '10.5', '127.0.0.1', '[fd00:0::5]']) {
        expect(policy.reasonToReject(`https://${host}/r4`), host).toBeUndefined()
      }
      expect(policy.reasonToReject('https://[fd00::6]/')).toBeUndefined()
      expect(policy.reasonToReject('https://localhost:9/')).toBeUndefined()
    })

    test('permits no other host, and no http', () => {
      for (const host of ['10.0.0.6', 'x.fhir.local', '[fd00::7]', '127.0.0.2', 'foo.localhost']) {
        expect(policy.reasonToReject(`https://${host}/r4`), host).toBeDefined()
      }
      expect(policy.reasonToReject('http://10.0.0.5/')).toContain('scheme')
      expect(policy.reasonToReject('http://localhost/')).toContain('scheme')
    })
  })

  describe('allowInsecureLoopback', () => {
    const policy = new UrlPolicy({ allowInsecureLoopback: true })

    test('permits http and https to this machine', () => {
      for (const host of ['localhost:3000', '127.0.0.1:3000', '[::1]:3000', 'a.localhost']) {
        expect(policy.reasonToReject(`http://${host}/`), host).toBeUndefined()
        expect(policy.reasonToReject(`https://${host}/`), host).toBeUndefined()
      }
    })

    test('A7: permits http to nobody else, and no private network', () => {
      for (const host of [
        'fhir.example.org',
        '10.0.0.1',
        '169.254.169.254',
        'localhost.evil.test',
      ]) {
        expect(policy.reasonToReject(`http://${host}/`), host).toContain('scheme')
      }
      expect(policy.reasonToReject('https://10.0.0.1/')).toContain('private')
    })
  })

  describe('allowedOrigins', () => {
    test('A9: as a list, compares whole origins', () => {
      const policy = new UrlPolicy({
        allowedOrigins: ['https://FHIR.example.org:443/', 'https://a.test:8443'],
      })
      for (const url of ['https://fhir.example.org/r4', 'https://a.test:8443/x']) {
        expect(policy.reasonToReject(url)).toBeUndefined()
      }
      for (const origin of [
        'fhir.example.org:444',
        'a.test',
        'fhir.example.org.evil.test',
        'b.test',
      ]) {
        expect(policy.reasonToReject(`https://${origin}/`), origin).toContain('allowedOrigins')
      }
    })

    test('permits nothing that is refused without it', () => {
      const policy = new UrlPolicy({ allowedOrigins: ['https://10.0.0.1', 'http://h.test'] })
      expect(policy.reasonToReject('https://10.0.0.1/')).toContain('private')
      expect(policy.reasonToReject('http://h.test/')).toContain('scheme')
    })

    test('as a function, is asked for the origin and believed only when it says true', () => {
      const asked: string[] = []
      const allowedOrigins = (origin: string): boolean => asked.push(origin) > 0
      const yes = new UrlPolicy({ allowedOrigins })
      expect(yes.reasonToReject('https://H.test:443/MARK?x=MARK')).toBeUndefined()
      expect(asked).toEqual(['https://h.test'])
      const odd: unknown[] = [false, undefined, null, 1, 'true', {}, Promise.resolve(true)]
      for (const answer of odd) {
        const policy = new UrlPolicy({ allowedOrigins: () => answer as boolean })
        expect(policy.reasonToReject('https://h.test/')).toContain('allowedOrigins')
      }
      const throwing = (): boolean => {
        throw new Error('x')
      }
      expect(
        new UrlPolicy({ allowedOrigins: throwing }).reasonToReject('https://h.test/'),
      ).toBeDefined()
    })
  })

  describe('wrong options', () => {
    const wrong: [option: keyof HttpOptions, value: unknown][] = [
      ['allowedOrigins', 'https://h.test'],
      ['allowedOrigins', ['h.test']],
      ['allowedOrigins', [1]],
      ['allowedOrigins', null],
      ['allowedOrigins', ['localhost:3000']],
      ['allowedPrivateHosts', '10.0.0.1'],
      ['allowedPrivateHosts', [10]],
      ['allowedPrivateHosts', ['']],
      ['allowedPrivateHosts', ['10.0.0.5:8443']],
      ['allowedPrivateHosts', ['https://10.0.0.5']],
      ['allowedPrivateHosts', ['10.0.0.0/8']],
      ['allowInsecureLoopback', 'yes'],
      ['allowInsecureLoopback', null],
    ]
    test.each(wrong)('%s of %j is a TypeError that names the option', (option, value) => {
      const options = { [option]: value } as HttpOptions
      expect(() => new UrlPolicy(options)).toThrow(TypeError)
      expect(() => new UrlPolicy(options)).toThrow(`"${option}`)
    })
  })
})

describe('URLs that others publish', () => {
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
      ...[
        'fhir',
        'ehr.svc',
        'fhir.hospital.svc',
        'nas.lan',
        'fhir.corp',
        'a.home.arpa',
        'home.arpa',
      ],
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
})

describe('what was sent and comes back', () => {
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
      expect(shownOrigin(new URL('https://other.example/x'), screen)).toBe(
        ', https://other.example',
      )
      expect(shownOrigin(new URL('https://mrn-777.evil.test/'), screen)).toBe('')
      expect(shownOrigin(new URL('data:,x'), screen)).toBe('')
    })
  })
})
