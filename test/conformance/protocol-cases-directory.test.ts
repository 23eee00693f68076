/** ../shared/protocol.md, section 9, cases 26 to 35: what a correct client makes of real directories. */
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { DirectoryClient, selectEndpoint } from '../../src/index.ts'
import { DirectorySnapshot } from '../../src/directory/index.ts'
import type { DirectoryEntry, DirectoryOptions, DirectoryRelease } from '../../src/index.ts'
import type { DirectoryListing } from '../../src/directory/index.ts'
import { failureOf, jsonAnswer, wire, xmlAnswer, type Wire } from '../support/answering-fetch.ts'

const BASE = 'https://directory.example/fhir'
const KEY = 'Se/cret+key&7'

const clientOf = (to: Wire, more: Partial<DirectoryOptions> = {}): DirectoryClient =>
  new DirectoryClient({ ...to.options, release: 'rce-r4', baseUrl: BASE, apiKey: KEY, ...more })

const organization = (id: string, more: object = {}): object => ({
  resourceType: 'Organization',
  id,
  name: `Clinic ${id}`,
  active: true,
  ...more,
})
const endpoint = (address: string, more: object = {}): object => ({
  resourceType: 'Endpoint',
  status: 'active',
  connectionType: { code: 'hl7-fhir-rest' },
  address,
  ...more,
})
const extension = (name: string, value: object): object => ({
  url: `https://sequoiaproject.org/fhir/sphd/StructureDefinition/${name}`,
  ...value,
})
const page = (resources: readonly object[], more: object = {}): Response =>
  jsonAnswer({
    resourceType: 'Bundle',
    type: 'searchset',
    entry: resources.map((resource) => ({ resource })),
    ...more,
  })
const next = (url: string): object => ({ link: [{ relation: 'next', url }] })

async function idsOf(listing: DirectoryListing): Promise<string[]> {
  const ids: string[] = []
  for await (const { id } of listing) ids.push(id)
  return ids
}

async function readIn(resource: object): Promise<DirectoryEntry> {
  return clientOf(wire(() => jsonAnswer(resource))).read('2.999.1')
}

describe('the API key', () => {
  const spellings = ['apikey', '_apikey', '_apiKey']
  const releaseWith = (name: string): DirectoryRelease => ({
    id: 'mine',
    format: 'json',
    apiKey: { in: 'query', name },
    baseUrls: {},
    activeParameter: 'active',
  })

  test.each(spellings)('case 26: sent as %s it is in no error, event or link', async (name) => {
    const encoded = encodeURIComponent(KEY)
    const shown: unknown[] = []
    const to = wire((request) => {
      if (request.url.includes('2.999.3')) return Promise.reject(new TypeError(request.url))
      if (request.url.includes('2.999.4')) return jsonAnswer({ key: KEY }, {}, 500)
      if (request.url.includes('2.999.5'))
        return new Response(null, { status: 302, headers: { location: `${BASE}/x?k=${encoded}` } })
      if (request.url.includes('Organization/')) return jsonAnswer({}, {}, 403)
      return page(
        [organization('2.999.1')],
        next(`${BASE}?_start=1&${name}=${encoded}&k=${encoded}`),
      )
    })
    const client = clientOf(to, { release: releaseWith(name) })
    for (const id of ['2.999.2', '2.999.3', '2.999.4', '2.999.5'])
      shown.push(await failureOf(client.read(id)))
    shown.push(await client.search({}), await failureOf(idsOf(client.entries())), to.events)
    expect(new URL(to.requests[0]?.url ?? '').searchParams.get(name)).toBe(KEY)
    const chain = shown.map((one) => [one, one instanceof Error ? one.cause : undefined])
    const texts = `${inspect(chain, { depth: 8, showHidden: true })} ${JSON.stringify(shown)}`
    for (const secret of [KEY, encoded, 'Se/cret', 'cret+key', 'cret%2Bkey'])
      expect(texts).not.toContain(secret)
  })

  test('case 26: in a header it is in no URL at all', async () => {
    const to = wire(() => page([]))
    await clientOf(to).search({ name: 'x' })
    expect(to.requests[0]?.headers.get('authorization')).toBe(`api-key ${KEY}`)
    expect(to.requests[0]?.url).toBe(`${BASE}/Organization?name=x`)
  })
})

describe('naive JSON', () => {
  const naive = (active: unknown): object => ({
    Organization: {
      identifier: { value: { value: 'urn:oid:2.999.1' } },
      name: { value: 'Clinic' },
      active: { value: active },
      address: { line: { value: '1 Way' }, postalCode: { value: 64117 } },
      contained: { Endpoint: { address: { value: 'https://fhir.example/r4' } } },
    },
  })

  test('case 27: a single object is a list of one, and a number is a text', async () => {
    expect(await readIn(naive(true))).toMatchObject({
      oid: '2.999.1',
      addresses: [{ lines: ['1 Way'], postalCode: '64117' }],
      endpoints: [{ address: 'https://fhir.example/r4' }],
    })
  })

  test.each([
    ['true', true],
    ['false', false],
    [true, true],
    [false, false],
  ])('case 27: active %j is %s', async (active, expected) => {
    expect((await readIn(naive(active))).active).toBe(expected)
  })

  test('case 27: the total is a text and the only entry no list', async () => {
    const body = { Bundle: { total: { value: '1' }, entry: { resource: naive(true) } } }
    const found = await clientOf(wire(() => jsonAnswer(body))).search({})
    expect(found).toMatchObject({ total: 1, entries: [{ oid: '2.999.1' }] })
  })
})

test('case 28: a missing `active` is unknown, which is no reason to leave the entry', async () => {
  const r4 = await readIn(organization('2.999.1', { active: undefined }))
  expect(r4.active).toBeUndefined()
  const xml = '<Organization><id value="2.999.1"/><name value="A"/></Organization>'
  const legacy = clientOf(
    wire(() => xmlAnswer(xml)),
    {
      release: 'carequality-stu3',
      baseUrl: undefined,
    },
  )
  expect((await legacy.read('2.999.1')).active).toBeUndefined()
})

describe('OIDs', () => {
  test.each([
    '2.999.1',
    'urn:oid:2.999.1',
    'URN:OID:2.999.1',
    ' 2.999.1  ',
    'Organization/2.999.1',
    ' urn:oid:2.999.1 ',
  ])('case 29: %j asks for 2.999.1', async (id) => {
    const to = wire(() => jsonAnswer(organization('2.999.1')))
    await clientOf(to).read(id)
    expect(to.requests[0]?.url).toBe(`${BASE}/Organization/2.999.1`)
  })

  test.each([
    '',
    '3.1',
    '1.02',
    '1.',
    '.1',
    '1..2',
    'urn:uuid:1',
    'a b',
    '../x',
    'a/b',
    '2.999.1?x',
  ])('case 29: %j is a TypeError, and nothing is sent', async (id) => {
    const to = wire(() => jsonAnswer({}))
    expect(await failureOf(clientOf(to).read(id))).toBeInstanceOf(TypeError)
    expect(to.requests).toHaveLength(0)
  })

  test('case 29: an id that is no OID at all is read as it is', async () => {
    const to = wire(() => jsonAnswer(organization('QHIN-example')))
    expect(await clientOf(to).read('QHIN-example')).toMatchObject({ id: 'QHIN-example' })
    expect(to.requests[0]?.url).toBe(`${BASE}/Organization/QHIN-example`)
  })

  test('case 29: an OID in the entry is read in any spelling', async () => {
    const entry = await readIn(
      organization('org-7', { identifier: [{ value: ' URN:OID:2.999.1 ' }] }),
    )
    expect(entry.oid).toBe('2.999.1')
  })
})

describe('parents', () => {
  const directory = (
    entries: Readonly<Record<string, object>>,
  ): { client: DirectoryClient; to: Wire } => {
    const to = wire((request) => {
      const found = entries[request.url.split('/').at(-1) ?? '']
      return found === undefined ? jsonAnswer({}, {}, 404) : jsonAnswer(found)
    })
    return { client: clientOf(to), to }
  }
  const serving = { contained: [endpoint('https://fhir.example/r4')] }
  const partOf = (id: string): object => ({ partOf: { reference: `Organization/${id}` } })

  test('case 30: a child is served by the nearest ancestor that can', async () => {
    const { client, to } = directory({
      '2.999.1': organization('2.999.1', partOf('2.999.2')),
      '2.999.2': organization('2.999.2', partOf('2.999.3')),
      '2.999.3': organization('2.999.3', { ...serving, ...partOf('2.999.4') }),
    })
    const selection = await selectEndpoint(await client.read('2.999.1'), { parents: client })
    expect(selection.endpoint?.address).toBe('https://fhir.example/r4')
    expect(selection.servedBy?.id).toBe('2.999.3')
    expect(to.requests).toHaveLength(3)
  })

  test.each([
    ['itself', { '2.999.1': organization('2.999.1', partOf('2.999.1')) }, 1],
    [
      'its own child',
      {
        '2.999.1': organization('2.999.1', partOf('2.999.2')),
        '2.999.2': organization('2.999.2', partOf('urn:oid:2.999.1')),
      },
      2,
    ],
  ])('case 30: part of %s, it is not walked in circles', async (_, entries, requests) => {
    const { client, to } = directory(entries)
    const selection = await selectEndpoint(await client.read('2.999.1'), { parents: client })
    expect(selection.endpoint).toBeUndefined()
    expect(to.requests).toHaveLength(requests)
  })

  test('case 30: a missing parent is said in words', async () => {
    const { client } = directory({ '2.999.1': organization('2.999.1', partOf('2.999.2')) })
    const selection = await selectEndpoint(await client.read('2.999.1'), { parents: client })
    expect(selection.candidates).toEqual([
      { entry: '2.999.1', selected: false, why: 'its ancestor 2.999.2 is not in the directory' },
    ])
  })

  test('case 30: a parent by identifier only is found', async () => {
    const { client } = directory({
      '2.999.1': organization('2.999.1', { partOf: { identifier: { value: 'urn:oid:2.999.2' } } }),
      '2.999.2': organization('2.999.2', serving),
    })
    const selection = await selectEndpoint(await client.read('2.999.1'), { parents: client })
    expect(selection.servedBy?.oid).toBe('2.999.2')
  })
})

describe('several endpoints', () => {
  const version = (valueString: string): object => ({
    extension: [extension('Version', { valueString })],
  })
  const purpose = (code: string): object => ({
    extension: [extension('PurposesOfUse', { valueCodeableConcept: { coding: [{ code }] } })],
  })
  const chosen = async (contained: object[], wanted?: object): Promise<string | undefined> =>
    (await selectEndpoint(await readIn(organization('2.999.1', { contained })), wanted)).endpoint
      ?.address

  test('case 31: of other versions, the wanted one', async () => {
    const contained = [
      endpoint('https://stu3.example', version('3.0.1')),
      endpoint('https://none.example'),
      endpoint('https://r4.example', version('4.0.1')),
      endpoint('https://r5.example', version('5.0.0')),
    ]
    expect(await chosen(contained)).toBe('https://r4.example')
    expect(await chosen(contained, { fhirVersion: '3.0' })).toBe('https://stu3.example')
    expect(await chosen(contained.slice(0, 2))).toBe('https://none.example')
  })

  test('case 31: of other statuses, the active one, and a test one if asked', async () => {
    const contained = [
      endpoint('https://off.example', { status: 'off' }),
      endpoint('https://test.example', { status: 'test' }),
    ]
    expect(await chosen(contained)).toBeUndefined()
    expect(await chosen(contained, { test: true })).toBe('https://test.example')
  })

  test('case 31: of other purposes, one that lists the wanted one or none at all', async () => {
    const contained = [
      endpoint('https://payment.example', purpose('PAYMENT')),
      endpoint('https://treatment.example', purpose('TREATMENT')),
    ]
    expect(await chosen(contained, { purposeOfUse: 'TREAT' })).toBe('https://treatment.example')
    expect(await chosen(contained, { purposeOfUse: 'T-TREAT' })).toBeUndefined()
    expect(await chosen(contained)).toBe('https://payment.example')
    const open = [endpoint('https://any.example')]
    expect(await chosen(open, { purposeOfUse: 'T-TREAT' })).toBe('https://any.example')
  })

  test('case 31: the same address under many organizations is known as such', async () => {
    const listed = ['2.999.1', '2.999.2'].map((id) =>
      organization(id, { contained: [endpoint('https://shared.example/r4/')] }),
    )
    const to = wire(() => page(listed, { total: 2 }))
    const copy = await DirectorySnapshot.build(clientOf(to), { now: () => to.now })
    expect(copy.at('https://SHARED.example:443/r4').map(({ id }) => id)).toEqual([
      '2.999.1',
      '2.999.2',
    ])
  })
})

describe('paging', () => {
  const numbered = (from: number, to: number): object[] =>
    Array.from({ length: to - from }, (_, index) => organization(`2.999.${from + index}`))

  test('case 32: entries that move while the pages are read come once, and gaps are noticed', async () => {
    const to = wire((_, number) =>
      number === 1
        ? page(numbered(0, 3), { total: 5 })
        : page(number === 2 ? numbered(2, 4) : [], { total: 5 }),
    )
    const listing = clientOf(to).entries({ count: 3 })
    expect(await idsOf(listing)).toEqual(['2.999.0', '2.999.1', '2.999.2', '2.999.3'])
    expect(listing.account).toMatchObject({ seen: 4, duplicates: 1, pages: 2, complete: false })
    expect(listing.account.why).toEqual(['1 fewer than the 5 entries that the directory counts'])
  })

  test('case 32: a total that shrinks is noticed', async () => {
    const to = wire((_, number) =>
      page(numbered(3 * number, 3 * number + 3), {
        total: 7 - number,
        ...(number === 1 ? next(`${BASE}?page=2`) : {}),
      }),
    )
    const listing = clientOf(to).entries({ count: 3 })
    expect(await idsOf(listing)).toHaveLength(6)
    expect(listing.account.why).toEqual(['the total fell from 6 to 5 while the pages were read'])
  })

  test('case 32: a server that ignores `_start` does not keep us for ever', async () => {
    const to = wire(() => page(numbered(0, 3)))
    const listing = clientOf(to).entries({ count: 3 })
    expect(await failureOf(idsOf(listing))).toMatchObject({
      code: 'ERR_CQ_NEXT_LINK_REFUSED',
      received: 3,
      pages: 2,
    })
    expect(to.requests.map(({ url }) => url)).toEqual([
      `${BASE}/Organization?_count=3&_sort=_id`,
      `${BASE}/Organization?_count=3&_sort=_id&_start=3`,
    ])
  })

  test.each(['https://evil.example/fhir?page=2', 'http://directory.example/fhir?page=2'])(
    'case 32: a next link to %s is not followed, and the key stays here',
    async (url) => {
      const to = wire(() => page(numbered(0, 3), next(url)))
      const listing = clientOf(to).entries()
      const ids: string[] = []
      const error = await failureOf(
        (async () => {
          for await (const { id } of listing) ids.push(id)
        })(),
      )
      expect(error).toMatchObject({ code: 'ERR_CQ_NEXT_LINK_REFUSED' })
      expect(ids).toHaveLength(3)
      expect(to.requests).toHaveLength(1)
      expect(listing.account.complete).toBe(false)
    },
  )

  test('case 32: a page without entries but with a next link is followed', async () => {
    const to = wire((_, number) =>
      number === 1 ? page([], next(`${BASE}?page=2`)) : page(numbered(0, 2)),
    )
    const listing = clientOf(to).entries()
    expect(await idsOf(listing)).toHaveLength(2)
    expect(listing.account.complete).toBe(true)
  })

  test('case 32: an OperationOutcome among the entries is no entry', async () => {
    const outcome = {
      resource: {
        resourceType: 'OperationOutcome',
        issue: [{ severity: 'warning', code: 'not-supported', diagnostics: 'secret words' }],
      },
      search: { mode: 'outcome' },
    }
    const body = {
      resourceType: 'Bundle',
      total: 1,
      entry: [{ resource: organization('2.999.1') }, outcome],
    }
    const found = await clientOf(wire(() => jsonAnswer(body))).search({})
    expect(found.entries).toHaveLength(1)
    expect(found.outcomes).toEqual(['not-supported'])
    expect(found.unreadable).toEqual([])
    const to = wire(() => jsonAnswer(body))
    const listing = clientOf(to).entries()
    await idsOf(listing)
    expect(listing.account).toMatchObject({ seen: 1, complete: true })
    expect(JSON.stringify(to.events)).not.toContain('secret words')
  })

  test('case 32: without a total the list ends at an empty page', async () => {
    const to = wire((_, number) => page(number < 3 ? numbered(3 * number, 3 * number + 3) : []))
    const listing = clientOf(to).entries({ count: 3 })
    expect(await idsOf(listing)).toHaveLength(6)
    expect(listing.account).toMatchObject({ total: undefined, complete: true, pages: 3 })
  })
})

describe('refusals', () => {
  test.each([401, 403])('case 33: %s is the key, and is not asked again', async (status) => {
    const to = wire(() => jsonAnswer({}, { 'retry-after': '0' }, status))
    const error = await failureOf(clientOf(to).read('2.999.1'))
    expect(error).toMatchObject({ code: 'ERR_CQ_DIRECTORY_KEY_REFUSED', retryable: false, status })
    expect(to.requests).toHaveLength(1)
  })

  test.each([404, 410])('case 33: %s is not there, after one request', async (status) => {
    const to = wire(() => jsonAnswer({}, {}, status))
    const error = await failureOf(clientOf(to).read('2.999.1'))
    expect(error).toMatchObject({ code: 'ERR_CQ_ENTRY_NOT_FOUND', retryable: false })
    expect(to.requests).toHaveLength(1)
    expect(await clientOf(to).find('2.999.1')).toBeUndefined()
  })
})

describe('hostile XML', () => {
  const read = (body: string, more: Partial<DirectoryOptions> = {}): Promise<unknown> =>
    failureOf(
      clientOf(
        wire(() => xmlAnswer(body)),
        {
          release: 'carequality-stu3',
          baseUrl: undefined,
          ...more,
        },
      ).read('2.999.1'),
    )
  const lol = Array.from(
    { length: 9 },
    (_, index) => `<!ENTITY l${index + 1} "${`&l${index};`.repeat(10)}">`,
  ).join('')

  test.each([
    ['an external entity', '<!DOCTYPE o [<!ENTITY x SYSTEM "file:///etc/passwd">]><Organization/>'],
    [
      'a billion laughs',
      `<!DOCTYPE o [<!ENTITY l0 "lol">${lol}]><Organization>&l9;</Organization>`,
    ],
    ['an unknown entity', '<Organization><name value="&x;"/></Organization>'],
    ['an end that is missing', '<Organization><id value="2.999.1"/>'],
    ['101 levels', `${'<a>'.repeat(101)}${'</a>'.repeat(101)}`],
  ])('case 34: %s is refused', async (_, body) => {
    expect(await read(body)).toMatchObject({ code: 'ERR_CQ_INVALID_RESPONSE' })
  })

  test('case 34: so is what is larger than the limit', async () => {
    const body = `<Organization><name value="${'x'.repeat(5000)}"/></Organization>`
    expect(await read(body, { bodyLimits: { page: 4000 } })).toMatchObject({
      code: 'ERR_CQ_RESPONSE_TOO_LARGE',
    })
  })
})

test('case 35: an endpoint that is down now is left, and the next one taken', async () => {
  const valuePeriod = { start: '2026-06-01T10:00:00Z', end: '2026-06-01T14:00:00Z' }
  const contained = [
    endpoint('https://down.example', { extension: [extension('Downtime', { valuePeriod })] }),
    endpoint('https://up.example'),
  ]
  const entry = await readIn(organization('2.999.1', { contained }))
  const at = async (time: string): Promise<string | undefined> =>
    (await selectEndpoint(entry, { now: () => Date.parse(time) })).endpoint?.address
  expect(await at('2026-06-01T12:00:00Z')).toBe('https://up.example')
  expect(await at('2026-06-01T09:59:59Z')).toBe('https://down.example')
  expect(await at('2026-06-01T14:00:01Z')).toBe('https://down.example')
  const { candidates } = await selectEndpoint(entry, {
    now: () => Date.parse('2026-06-01T12:00:00Z'),
  })
  expect(candidates.map(({ why }) => why)).toEqual([
    'it is down at this time',
    'FHIR REST, FHIR version not published, active',
  ])
})
