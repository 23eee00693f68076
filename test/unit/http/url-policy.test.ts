import { describe, expect, test } from 'vitest'
import { UrlPolicy } from '../../../src/http/policies/egress.ts'
import type { HttpOptions } from '../../../src/types.ts'

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
    for (const host of ['fhir.example.org', '10.0.0.1', '169.254.169.254', 'localhost.evil.test']) {
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
