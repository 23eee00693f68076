import { expect, test } from 'vitest'
import { CapabilityResolver } from '../../src/discovery/capability-resolver.ts'
import type { ServerCapabilities } from '../../src/discovery/decide.ts'
import { failureOf, jsonAnswer, wire, type Wire } from '../support/answering-fetch.ts'
import {
  capability,
  capabilityWithToken,
  CERNER_URIS,
  OAUTH_URIS,
  publishing,
  serving,
  uriGroup,
} from '../support/capability-documents.ts'

const BASE = 'https://fhir.example.org/r4'
const TOKEN = 'https://fhir.example.org/token'

const resolve = (to: Wire, baseUrl = BASE): Promise<ServerCapabilities> =>
  new CapabilityResolver(to.options).resolve(baseUrl)
const urls = (to: Wire): readonly string[] => to.requests.map(({ url }) => url)

/** A metadata answer of these bytes under this label. */
const labelled = (bytes: Uint8Array<ArrayBuffer>, type: string): Wire =>
  wire(serving({ metadata: () => new Response(bytes, { headers: { 'content-type': type } }) }))

test.each([
  ['https://fhir.example.org/r4', 'https://fhir.example.org/r4/metadata'],
  ['https://fhir.example.org/r4/', 'https://fhir.example.org/r4/metadata'],
  ['https://fhir.example.org', 'https://fhir.example.org/metadata'],
  ['https://fhir.example.org/', 'https://fhir.example.org/metadata'],
  ['https://fhir.example.org/a/b/FHIR/R4/', 'https://fhir.example.org/a/b/FHIR/R4/metadata'],
  ['https://fhir.example.org/r4?site=7&x=%2F', 'https://fhir.example.org/r4/metadata?site=7&x=%2F'],
  ['https://fhir.example.org/r4/?site=7', 'https://fhir.example.org/r4/metadata?site=7'],
  ['https://fhir.example.org:8181/r4', 'https://fhir.example.org:8181/r4/metadata'],
])('case 1: base %s is asked at %s', async (base, expected) => {
  const to = wire(publishing(capabilityWithToken(TOKEN)))
  await resolve(to, base)
  expect(urls(to)).toContain(expected)
})

test('case 1: relative URLs are resolved below the base, with its port and whatever its end', async () => {
  for (const base of [
    'https://fhir.example.org:8181/r4',
    'https://fhir.example.org:8181/r4/?s=1',
  ]) {
    const to = wire(publishing(capabilityWithToken('auth/token')))
    expect((await resolve(to, base)).tokenEndpoint).toBe(
      'https://fhir.example.org:8181/r4/auth/token',
    )
  }
})

test('case 1: the default port stays as it was published', async () => {
  const to = wire(publishing(capabilityWithToken('https://fhir.example.org:443/Token')))
  const found = await resolve(to, 'https://fhir.example.org:443/r4')
  expect(found.tokenEndpoint).toBe('https://fhir.example.org:443/Token')
})

test('case 2: the well-known path is asked below the base, and the host root is not asked', async () => {
  const to = wire((request) =>
    request.url === `${BASE}/.well-known/smart-configuration`
      ? jsonAnswer({ token_endpoint: TOKEN }, { 'content-type': 'application/json' })
      : new Response(null, { status: 502 }),
  )
  expect((await resolve(to)).tokenEndpoint).toBe(TOKEN)
  expect(urls(to)).not.toContain('https://fhir.example.org/.well-known/smart-configuration')
})

test('case 2: a well-known document at the host root alone is not needed where the CapabilityStatement is good', async () => {
  const to = wire((request) => {
    const { pathname } = new URL(request.url)
    if (pathname === '/.well-known/smart-configuration') return jsonAnswer({ token_endpoint: 'x' })
    if (pathname === '/r4/metadata') return jsonAnswer(capabilityWithToken(TOKEN))
    return new Response(null, { status: 404 })
  })
  expect((await resolve(to)).tokenEndpoint).toBe(TOKEN)
  expect(urls(to)).toHaveLength(2)
})

const page = (): Response =>
  new Response('<!DOCTYPE html><html><form action="/planted">', {
    headers: { 'content-type': 'text/html; charset=utf-8' },
  })

test('case 3: an HTML page with status 200 is an error that says HTML, and quotes nothing of it', async () => {
  const error = await failureOf(resolve(wire(page)))
  expect(error).toMatchObject({ code: 'ERR_CQ_UNEXPECTED_CONTENT', status: 200 })
  expect(String(error)).toContain('HTML')
  expect(String(error)).not.toContain('planted')
})

test('case 3: an HTML page in place of one document does not spoil the other', async () => {
  const good = (): Response => jsonAnswer(capabilityWithToken(TOKEN))
  expect((await resolve(wire(serving({ metadata: good, smart: page })))).tokenEndpoint).toBe(TOKEN)
})

test('case 3: HTML that says it is JSON is invalid JSON', async () => {
  const lying = (): Response => jsonAnswer('<html>')
  expect(await failureOf(resolve(wire(lying)))).toMatchObject({ code: 'ERR_CQ_INVALID_JSON' })
})

test('case 3: a redirect to a login page elsewhere is refused and not followed', async () => {
  const to = wire(() => Response.redirect('https://login.example.net/?client=secret', 302))
  const error = await failureOf(resolve(to))
  expect(error).toMatchObject({ code: 'ERR_CQ_REDIRECT_REFUSED', status: 302 })
  expect(String(error)).not.toContain('secret')
  expect(urls(to).every((url) => url.startsWith(BASE))).toBe(true)
})

const redirecting = (hops: number, status: number): Wire =>
  wire(({ url }) => {
    const hop = Number(new URL(url).searchParams.get('hop') ?? '0')
    if (!url.includes('/metadata')) return new Response(null, { status: 404 })
    if (hop >= hops) return jsonAnswer(capabilityWithToken(TOKEN))
    const location = `/r4/metadata?hop=${hop + 1}`
    return new Response(null, { status, headers: { location } })
  })

test.each([301, 302, 303, 307, 308])(
  'case 4: a %i on the same origin is followed for public metadata, three times at most',
  async (status) => {
    expect((await resolve(redirecting(3, status))).tokenEndpoint).toBe(TOKEN)
    expect(await failureOf(resolve(redirecting(4, status)))).toMatchObject({
      code: 'ERR_CQ_REDIRECT_REFUSED',
    })
  },
)

test.each([
  ['http after https', 'http://fhir.example.org/r4/metadata'],
  ['another port', 'https://fhir.example.org:8443/r4/metadata'],
  ['another host', 'https://fhir2.example.org/r4/metadata'],
  ['another host without scheme', '//fhir2.example.org/r4/metadata'],
  ['this machine', 'https://127.0.0.1/r4/metadata'],
])('case 4: a redirect to %s is refused', async (_, location) => {
  const to = wire(
    serving({ metadata: () => new Response(null, { status: 307, headers: { location } }) }),
  )
  expect(await failureOf(resolve(to))).toMatchObject({ code: 'ERR_CQ_REDIRECT_REFUSED' })
  expect(to.requests).toHaveLength(2)
})

test('case 4: relative URLs of a redirected document are resolved against the base that was asked', async () => {
  const to = wire(({ url }) =>
    url.endsWith('/r4/metadata')
      ? new Response(null, { status: 302, headers: { location: '/r4/moved/metadata' } })
      : url.endsWith('/r4/moved/metadata')
        ? jsonAnswer(capabilityWithToken('token'))
        : new Response(null, { status: 404 }),
  )
  expect((await resolve(to)).tokenEndpoint).toBe('https://fhir.example.org/r4/token')
})

const tokenOf = (document: object): Promise<string | undefined> =>
  resolve(wire(publishing(document))).then(({ tokenEndpoint }) => tokenEndpoint)

test('case 5: oauth-uris that are repeated give the first token', async () => {
  const twice = [
    uriGroup(OAUTH_URIS, { token: TOKEN }),
    uriGroup(OAUTH_URIS, { token: 'https://fhir.example.org/second' }),
  ]
  expect(await tokenOf(capability(twice))).toBe(TOKEN)
})

test('case 5: a copy under a wrong URL stands behind the right one, and in for it', async () => {
  const wrong = 'http://DSTU2/fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris'
  const copy = uriGroup(wrong, { token: 'https://fhir.example.org/copy' })
  expect(await tokenOf(capability([copy, uriGroup(OAUTH_URIS, { token: TOKEN })]))).toBe(TOKEN)
  expect(await tokenOf(capability([copy]))).toBe('https://fhir.example.org/copy')
})

test.each(['valueUri', 'valueUrl', 'valueString'])('case 5: the URL may be a %s', async (kind) => {
  const extension = [{ url: OAUTH_URIS, extension: [{ url: 'token', [kind]: TOKEN }] }]
  expect(await tokenOf(capability(extension))).toBe(TOKEN)
})

test('case 5: of several rest entries the client’s does not count', async () => {
  const rest = [
    { mode: 'client', security: { extension: [uriGroup(OAUTH_URIS, { token: 'https://no' })] } },
    { mode: 'server' },
    { mode: 'server', security: { extension: [uriGroup(OAUTH_URIS, { token: TOKEN })] } },
  ]
  expect(await tokenOf(capability([], { rest }))).toBe(TOKEN)
})

test('case 5: without the extension the server is an open one', async () => {
  expect(await tokenOf(capability([]))).toBeUndefined()
})

test.each([
  ['/oauth/token', 'https://fhir.example.org/oauth/token'],
  ['oauth/token', 'https://fhir.example.org/r4/oauth/token'],
])('case 5: the relative URL %s becomes %s', async (published, expected) => {
  expect(await tokenOf(capabilityWithToken(published))).toBe(expected)
})

test('case 6: a CapabilityStatement in XML is an error that says XML, and does not spoil the other document', async () => {
  const xml = (): Response =>
    new Response('<CapabilityStatement xmlns="http://hl7.org/fhir"/>', {
      headers: { 'content-type': 'application/fhir+xml' },
    })
  const error = await failureOf(resolve(wire(serving({ metadata: xml }))))
  expect(error).toMatchObject({ code: 'ERR_CQ_UNEXPECTED_CONTENT' })
  expect(String(error)).toContain('XML')
  const smart = (): Response => jsonAnswer({ token_endpoint: TOKEN })
  expect((await resolve(wire(serving({ metadata: xml, smart })))).tokenEndpoint).toBe(TOKEN)
})

const document = JSON.stringify(
  capability([uriGroup(OAUTH_URIS, { token: TOKEN })], { software: { name: 'Krankenhäuser' } }),
)

test('case 6: a byte order mark at the start is passed over', async () => {
  const bytes = new TextEncoder().encode(`\ufeff${document}`)
  for (const type of [
    'application/fhir+json',
    'application/fhir+json;charset=utf-8',
    'text/plain',
  ]) {
    expect((await resolve(labelled(bytes, type))).tokenEndpoint).toBe(TOKEN)
  }
})

test('case 6: another charset is read by its label', async () => {
  const latin1 = Uint8Array.from(document, (character) => character.charCodeAt(0))
  const label = 'application/fhir+json; charset="ISO-8859-1"'
  expect((await resolve(labelled(latin1, label))).tokenEndpoint).toBe(TOKEN)
  const utf16 = new Uint8Array(Uint16Array.from(document, (c) => c.charCodeAt(0)).buffer)
  const wide = labelled(utf16, 'application/json;charset=utf-16le')
  expect((await resolve(wide)).tokenEndpoint).toBe(TOKEN)
})

test.each(['application/fhir+json', 'application/fhir+json; charset=klingon'])(
  'case 6: bytes that do not fit %s are an error, never a guess',
  async (type) => {
    const latin1 = Uint8Array.from(document, (character) => character.charCodeAt(0))
    expect(await failureOf(resolve(labelled(latin1, type)))).toMatchObject({
      code: 'ERR_CQ_UNEXPECTED_CONTENT',
    })
  },
)

test('case 7: with carequality-token and the separate extension both there, the separate one is taken for Cerner', async () => {
  const separate = 'https://fhir-ehr.cerner.com/r4/x/Authorization/token'
  const both = [
    uriGroup(OAUTH_URIS, {
      token: 'https://authorization.cerner.com/token',
      'carequality-token': 'https://fhir-ehr.cerner.com/sub/token',
    }),
    uriGroup(CERNER_URIS, { token: separate }),
  ]
  for (const extensions of [both, [...both].reverse()]) {
    const to = wire(publishing(capability(extensions)))
    expect(await resolve(to, 'https://fhir-ehr.cerner.com/r4/x')).toMatchObject({
      tokenEndpoint: separate,
      quirks: ['cerner.carequality-token'],
    })
    const stranger = wire(publishing(capability(extensions)))
    expect(await resolve(stranger)).toMatchObject({
      tokenEndpoint: 'https://authorization.cerner.com/token',
      quirks: [],
    })
  }
})
