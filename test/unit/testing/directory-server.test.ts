import { SaxesParser } from 'saxes'
import { beforeAll, expect, test } from 'vitest'
import { createSandbox, type Sandbox } from '../../../src/testing/index.ts'
import { record } from './wire.ts'

const legacy = 'https://connect.carequality.org:443/fhir-stu3/1.0.1/Organization'
const r4 = 'https://directory.prod.carequality.org/fhir/Organization'
const all = ['2.16.840.1.113883.3.13.1', '2.999.10', '2.999.20', '2.999.30', '2.999.40']
let sandbox: Sandbox

beforeAll(async () => {
  sandbox = await createSandbox()
})

async function xml(
  path: string,
  key = 'sandbox-api-key',
): Promise<{ status: number; body: string }> {
  const url = new URL(legacy + path)
  url.searchParams.set('apikey', key)
  url.searchParams.set('_format', 'xml')
  const response = await sandbox.fetch(new Request(url))
  expect(response.headers.get('content-type')).toBe('application/xml')
  const body = await response.text()
  const parser = new SaxesParser()
  parser.on('error', (error) => {
    throw error
  })
  parser.write(body).close()
  return { status: response.status, body }
}

async function json(url: string, key = 'sandbox-api-key'): Promise<Record<string, unknown>> {
  const headers = { authorization: `api-key ${key}` }
  const response = await sandbox.fetch(new Request(url, { headers }))
  return { status: response.status, ...(await record(response)) }
}

function oids(body: string): string[] {
  return [...body.matchAll(/<id value="([^"]+)"/g)].map((match) => match[1] ?? '')
}

test('the legacy directory writes an entry in its own, invalid STU3', async () => {
  const { status, body } = await xml('/2.16.840.1.113883.3.13.1')
  expect(status).toBe(200)
  expect(body).toContain('<Organization xmlns="http://hl7.org/fhir">')
  expect(body).toContain(
    '<address value="https://fhir-ehr.stagingcerner.com/beta/0b8a0111-e8e6-4c26-a91c-5069cbc6b1ca/"/>',
  )
  expect(body).toContain('<extension url="Transaction"><valueString value="XCPD ITI-55"/>')
  expect(body).toContain('<managingOrg>')
  expect(body).not.toContain('<Endpoint id')
})

test('the legacy directory refuses a wrong key with 403, an unknown id with 404', async () => {
  expect((await xml('/2.999.10', 'wrong')).status).toBe(403)
  expect((await xml('/2.999.99')).body).toContain('<code value="not-found"/>')
})

test('the legacy directory lists the active ones, by name, page by page', async () => {
  expect(oids((await xml('')).body)).toEqual(all.filter((oid) => oid !== '2.999.30'))
  expect(oids((await xml('?_active=false')).body)).toEqual(['2.999.30'])
  const byName = await xml('?name=FAMILY')
  expect(oids(byName.body)).toEqual(['2.999.10'])
  expect(byName.body).toContain('Sunrise Clinic &#38; Family Practice')
  const second = await xml('?_count=2&_start=2')
  expect(oids(second.body)).toEqual(['2.999.20', '2.999.40'])
  expect(second.body).toContain('<total value="4"/>')
  expect(oids((await xml('?_count=2&_start=4')).body)).toEqual([])
})

test('the R4 directory holds the same organizations', async () => {
  const found = await json(`${r4}/2.999.40`)
  expect(found).toMatchObject({
    status: 200,
    name: 'Documents-Only County Hospital (sandbox)',
    contained: [{ id: 'OrgLoc' }, { name: 'XCPD ITI-55' }, { name: 'XCA ITI-38' }],
  })
  const { body } = await xml('/2.999.40')
  expect(body).toContain('Documents-Only County Hospital (sandbox)')
})

test('the R4 directory refuses a wrong key with 401, an unknown id with 404', async () => {
  expect(await json(`${r4}/2.999.10`, 'wrong')).toMatchObject({ status: 401 })
  expect((await sandbox.fetch(new Request(`${r4}?apikey=sandbox-api-key`))).status).toBe(401)
  const missing = await json(`${r4}/2.999.99`)
  expect(missing).toMatchObject({ status: 404, issue: [{ code: 'not-found' }] })
})

test('the R4 directory pages with next links as HAPI writes them', async () => {
  const found: string[] = []
  let url: string | undefined = `${r4}?_count=2&_sort=_id`
  while (url !== undefined) {
    const bundle: Record<string, unknown> = await json(url)
    expect(bundle.total).toBe(5)
    const entries = bundle.entry as { resource: { id: string } }[]
    found.push(...entries.map(({ resource }) => resource.id))
    const links = bundle.link as { relation: string; url: string }[]
    url = links.find(({ relation }) => relation === 'next')?.url
    if (url !== undefined) {
      expect(url).toMatch(/^https:\/\/directory\.prod\.carequality\.org\/fhir\?_getpages=/)
    }
  }
  expect(found).toEqual(all)
})

test.each([
  ['name=plain', 1],
  ['active=false', 1],
  ['identifier=urn:ietf:rfc:3986%7Curn:oid:2.999.20', 1],
  ['_id=2.999.10,2.999.20', 2],
  ['name=nobody', 0],
  ['name:contains=county', 1],
  ['name:exact=Plain%20Hospital%20(sandbox)', 1],
  ['name:exact=Plain', 0],
  ['partof=Organization/2.999', 3],
  ['address-state=mn', 1],
  ['address-city=ely&address-country=US', 1],
  ['address-postalcode=64117', 1],
  ['_lastUpdated=ge2025-09-01', 5],
  ['_lastUpdated=2025-09-01', 5],
  ['_lastUpdated=eq2025-09-01', 5],
  ['_lastUpdated=ne2025-09-01', 0],
  ['_lastUpdated=le2025-09-01', 5],
  ['_lastUpdated=gt2025-09-01', 0],
  ['_lastUpdated=lt2025-09-01', 0],
  ['_lastUpdated=eb2025-09-02', 5],
  ['_lastUpdated=sa2025-08-31', 5],
  ['partof=2.999', 3],
  ['_lastUpdated=gt2025-09-01T12:00:00Z', 0],
  ['_lastUpdated=ge2025-01-01&_lastUpdated=lt2025-02-01', 0],
])('the R4 directory searches by %s', async (query, total) => {
  expect(await json(`${r4}?${query}`)).toMatchObject({ total })
})

test('the R4 directory says in an outcome entry which parameter it does not know', async () => {
  const { entry } = await json(`${r4}?_radius=10&name=plain`)
  expect(entry).toMatchObject([
    { search: { mode: 'match' } },
    { search: { mode: 'outcome' }, resource: { issue: [{ code: 'not-supported' }] } },
  ])
})

test('directorySize adds invented organizations to both directories', async () => {
  const large = await createSandbox({ directorySize: 2500 })
  const headers = { authorization: 'api-key sandbox-api-key' }
  const last = `${r4}?_count=1000&_start=2000&_sort=_id`
  const page = await record(await large.fetch(new Request(last, { headers })))
  expect(page).toMatchObject({ total: 2505 })
  expect(page.entry).toHaveLength(505)
  const list = `${legacy}?apikey=sandbox-api-key&_count=1&_start=2453`
  expect(await (await large.fetch(new Request(list))).text()).toContain('<total value="2454"/>')
  for (const directorySize of [-1, 1.5, '7', Number.NaN]) {
    await expect(createSandbox({ directorySize: directorySize as number })).rejects.toThrow(
      '"directorySize"',
    )
  }
})

test('reads have an ETag, and a 304 where it is sent back', async () => {
  for (const [url, tag] of [
    [`${r4}/2.999.10`, 'W/"2"'],
    [`${legacy}/2.999.10?apikey=sandbox-api-key`, 'W/"3"'],
  ] as const) {
    const authorization = 'api-key sandbox-api-key'
    const first = await sandbox.fetch(new Request(url, { headers: { authorization } }))
    const etag = first.headers.get('etag') ?? ''
    expect(etag).toBe(tag)
    const headers = { authorization, 'if-none-match': etag }
    const second = await sandbox.fetch(new Request(url, { headers }))
    expect([second.status, await second.text()]).toEqual([304, ''])
  }
})

test('put and remove change this sandbox only, and are dated by its clock', async () => {
  const changed = await createSandbox({ now: () => Date.UTC(2026, 5, 1) })
  const headers = { authorization: 'api-key sandbox-api-key' }
  const ask = async (path: string): Promise<Record<string, unknown>> => {
    const response = await changed.fetch(new Request(r4 + path, { headers }))
    return { status: response.status, ...(await record(response)) }
  }
  changed.directory.put({
    oid: '2.999.77',
    name: 'New',
    endpoints: [{ address: 'https://n.example' }],
  })
  changed.directory.remove('2.999.40')
  changed.directory.remove('2.999.41')
  expect(await ask('/2.999.77')).toMatchObject({
    status: 200,
    meta: { lastUpdated: '2026-06-01T00:00:00.000Z' },
    contained: [{}, { address: 'https://n.example', status: 'active' }],
  })
  expect(await ask('?_lastUpdated=ge2026-05-31')).toMatchObject({ total: 1 })
  expect(await ask('/2.999.40')).toMatchObject({ status: 410 })
  expect(await ask('/2.999.41')).toMatchObject({ status: 404 })
  expect(await ask('')).toMatchObject({ total: 5 })
  expect(await json(r4)).toMatchObject({ total: 5 })
  expect(await json(`${r4}/2.999.40`)).toMatchObject({ status: 200 })
  expect(() => {
    changed.directory.put({ oid: '2.999.78', name: '' })
  }).toThrow('"entry.name"')
})

test("the legacy directory's JSON is its XML without a thought", async () => {
  const url = `${legacy}/2.999.10?apikey=sandbox-api-key&_format=json`
  expect(await record(await sandbox.fetch(new Request(url)))).toMatchObject({
    Organization: {
      id: { value: '2.999.10' },
      active: { value: true },
      name: { value: 'Sunrise Clinic & Family Practice (sandbox)' },
      address: { postalCode: { value: 55802 } },
      contained: { Endpoint: { address: { value: 'https://fhir.sunrise-clinic.example/r4' } } },
    },
  })
})

test("TEFCA's directory has a branch of its own and takes the key in the query, too", async () => {
  const url = 'https://directory.rce.example/fhir/Organization?_sort=_id&_apiKey=sandbox-api-key'
  const bundle = await record(await sandbox.fetch(new Request(url)))
  expect(bundle).toMatchObject({
    total: 4,
    entry: [
      { resource: { id: '2.999.500', type: [{ coding: [{ code: 'QHIN' }] }] } },
      { resource: { id: '2.999.500.1', alias: ['PHS'], partOf: {} } },
      { resource: { id: '2.999.500.1.1', type: [{ coding: [{ code: 'Subparticipant' }] }] } },
      { resource: { id: '2.999.500.1.1.1', identifier: [{}, {}] } },
    ],
  })
})

test('each change of an entry has a version of its own, though the clock stands', async () => {
  const changed = await createSandbox({ now: () => Date.UTC(2026, 5, 1) })
  const headers = { authorization: 'api-key sandbox-api-key' }
  const tags: unknown[] = []
  for (const name of ['One', 'Two']) {
    changed.directory.put({ oid: '2.999.10', name })
    const response = await changed.fetch(new Request(`${r4}/2.999.10`, { headers }))
    const { meta } = await record(response)
    tags.push(response.headers.get('etag'), meta)
  }
  expect(tags).toMatchObject(['W/"4"', { versionId: '4' }, 'W/"5"', { versionId: '5' }])
})

test('what is put in is escaped in XML, and odd members are refused', async () => {
  const changed = await createSandbox()
  const endpoints = [{ address: 'https://a.example', transaction: 'A & "B"', fhirVersion: '<4>' }]
  changed.directory.put({ oid: '2.999.7', name: '<N>', endpoints })
  const url = `${legacy}/2.999.7?apikey=sandbox-api-key`
  const body = await (await changed.fetch(new Request(url))).text()
  expect(() => new SaxesParser().write(body).close()).not.toThrow()
  expect(body).toContain('A &#38; &#34;B&#34;')
  expect(() => {
    changed.directory.put({ oid: '2.999.7', name: 'N', active: 'no' as never })
  }).toThrow('"entry.active"')
})

test('the Carequality directory takes no key in the query', async () => {
  const url = `${r4}?_apiKey=sandbox-api-key`
  expect((await sandbox.fetch(new Request(url))).status).toBe(401)
})
