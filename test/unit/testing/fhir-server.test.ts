import { expect, test } from 'vitest'
import type { Sandbox } from '../../../src/testing/index.ts'
import { atNoon, cerner, get, plain, record, sunrise, tokenFor } from './wire.ts'

interface Page {
  ids: unknown[]
  next: string | undefined
  self: string | undefined
  total: unknown
}

async function page(response: Response): Promise<Page> {
  expect(response.status).toBe(200)
  const { entry = [], link, total } = await record(response)
  const entries = entry as { resource: { id: string }; fullUrl: string }[]
  const links = link as { relation: string; url: string }[]
  const url = (relation: string): string | undefined =>
    links.find((one) => one.relation === relation)?.url
  return { ids: entries.map((e) => e.resource.id), next: url('next'), self: url('self'), total }
}

async function ids(sandbox: Sandbox, token: string, url: string): Promise<unknown[]> {
  return (await page(await get(sandbox, url, token))).ids
}

test('the connectathon server publishes two token URLs in one extension', async () => {
  const { sandbox } = await atNoon()
  const response = await get(sandbox, `${cerner.base}metadata`)
  expect(response.headers.get('content-type')).toBe('application/json+fhir')
  expect((await record(response)).rest).toMatchObject([
    {
      security: {
        extension: [
          {
            url: 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris',
            extension: [
              { url: 'token', valueUri: cerner.closed },
              { url: 'carequality-token', valueUri: cerner.token },
            ],
          },
        ],
      },
    },
  ])
})

test('only the SMART server has a smart-configuration, and its CapabilityStatement no oauth-uris', async () => {
  const { sandbox } = await atNoon()
  const path = '.well-known/smart-configuration'
  const published = await get(sandbox, sunrise.base + path)
  expect(published.headers.get('content-type')).toBe('application/json')
  expect(await record(published)).toMatchObject({
    token_endpoint: sunrise.token,
    issuer: 'https://fhir.sunrise-clinic.example/oauth2',
  })
  expect((await get(sandbox, cerner.base + path)).status).toBe(404)
  expect((await get(sandbox, plain.base + path)).status).toBe(404)
  expect(await (await get(sandbox, `${sunrise.base}metadata`)).text()).not.toContain('oauth-uris')
  expect(await (await get(sandbox, `${plain.base}metadata`)).text()).toContain(plain.token)
})

test('the connectathon server answers 406 with an empty body unless FHIR JSON is asked for', async () => {
  const { sandbox } = await atNoon()
  const refused = await get(sandbox, `${cerner.base}metadata`, undefined, { accept: '*/*' })
  expect([refused.status, await refused.text()]).toEqual([406, ''])
  const url = `${cerner.base}metadata?_format=json`
  expect((await get(sandbox, url, undefined, { accept: '*/*' })).status).toBe(200)
})

test('another tenant is refused in plain text', async () => {
  const { sandbox } = await atNoon()
  const response = await get(sandbox, cerner.base.replace('0b8a', '1b8a'))
  expect([response.status, await response.text()]).toEqual([403, 'Tenant not valid or accessible'])
})

test('reads Patient/1316024, and knows which ids it has not', async () => {
  const { sandbox } = await atNoon()
  const token = await tokenFor(sandbox, cerner.token)
  const found = await get(sandbox, `${cerner.base}Patient/1316024`, token)
  expect(found.headers.get('x-request-id')).toBe('sandbox-2')
  expect(await record(found)).toMatchObject({
    resourceType: 'Patient',
    name: [{ family: 'Peters', given: ['Timothy'] }],
    gender: 'male',
    birthDate: '1946-04-05',
  })
  const missing = await get(sandbox, `${cerner.base}Patient/1`, token)
  expect(missing.status).toBe(404)
  expect(await record(missing)).toMatchObject({ issue: [{ code: 'not-found' }] })
})

test('a token works only at its server, in its time and for its scope', async () => {
  const { sandbox, time } = await atNoon()
  const token = await tokenFor(sandbox, cerner.token)
  const status = async (base: string, bearer?: string): Promise<unknown[]> => {
    const response = await get(sandbox, `${base}Patient/1316024`, bearer)
    return [response.status, response.headers.get('www-authenticate')]
  }
  const unauthorized = [401, 'Bearer error="invalid_token"']
  expect(await status(cerner.base)).toEqual(unauthorized)
  expect(await status(cerner.base, 'made-up')).toEqual(unauthorized)
  expect(await status(plain.base, token)).toEqual(unauthorized)
  const narrow = await tokenFor(sandbox, cerner.token, 'system/DocumentReference.read')
  expect((await status(cerner.base, narrow))[0]).toBe(403)
  expect((await status(cerner.base, narrow))[1]).toContain('insufficient_scope')
  const searchOnly = await tokenFor(sandbox, cerner.token, 'system/Patient.s')
  expect((await status(cerner.base, searchOnly))[0]).toBe(403)
  time.now += 299_999
  expect((await status(cerner.base, token))[0]).toBe(200)
  time.now += 1
  expect(await status(cerner.base, token)).toEqual(unauthorized)
})

test('a search for Peters spans three pages in the way of the connectathon server', async () => {
  const { sandbox } = await atNoon()
  const token = await tokenFor(sandbox, cerner.token)
  const pages: unknown[][] = []
  let url: string | undefined = `${cerner.base}Patient?name=peters`
  while (url !== undefined) {
    const answer: Page = await page(await get(sandbox, url, token))
    pages.push(answer.ids)
    url = answer.next
    if (url !== undefined) {
      expect(url).toMatch(/\/Patient\?-pageContext=[^&]+&-pageDirection=NEXT$/)
      expect((await get(sandbox, url)).status).toBe(401)
    }
  }
  expect(pages).toEqual([['1316024', '1316025'], ['1316026', '1316027'], ['1316028']])
})

test('the connectathon server takes no POST search, and no search without demographics', async () => {
  const { sandbox } = await atNoon()
  const token = await tokenFor(sandbox, cerner.token)
  const post = await sandbox.fetch(searchRequest(cerner.base, token, 'name=peters'))
  expect([post.status, await post.text()]).toEqual([404, ''])
  for (const query of ['', '?_count=5', '?gender=male', '?nam=peters']) {
    const response = await get(sandbox, `${cerner.base}Patient${query}`, token)
    expect([response.status, response.headers.get('content-type')]).toEqual([400, 'text/plain'])
  }
})

test('the SMART server takes POST searches and continues them by GET', async () => {
  const { sandbox } = await atNoon()
  const token = await tokenFor(sandbox, sunrise.token)
  const first = await sandbox.fetch(searchRequest(sunrise.base, token, 'name=peters&_count=3'))
  expect(first.headers.get('content-type')).toBe(
    'application/fhir+json; charset=utf-8; fhirVersion=4.0',
  )
  const { ids: firstIds, next = '', self, total } = await page(first)
  expect(self).toBe('https://fhir.sunrise-clinic.example/r4/Patient?name=peters&_count=3')
  expect([firstIds.length, total]).toEqual([3, 5])
  expect(next).toMatch(/^https:\/\/fhir\.sunrise-clinic\.example\/r4\?_getpages=.+offset=3/)
  const second = await page(await get(sandbox, next, token))
  expect([second.ids, second.next]).toEqual([['1316027', '1316028'], undefined])
  const gone = await get(sandbox, next.replace(/_getpages=[^&]+/, '_getpages=x'), token)
  expect(gone.status).toBe(410)
})

const searched = atNoon().then(async ({ sandbox }) => ({
  sandbox,
  token: await tokenFor(sandbox, plain.token),
}))

test.each([
  ['name=BJO', ['1316028']],
  ['name=eters', []],
  ['family=peters&given=ida', ['1316025']],
  ['family:exact=peters', []],
  ['given=ida,timothy', ['1316024', '1316025']],
  ['birthdate=1946-04-05', ['1316024']],
  ['birthdate=ge1999&family=peters', ['1316027', '1316028']],
  ['birthdate=lt1951&family=peters', ['1316024']],
  ['identifier=urn:oid:2.999.1.1%7CMRN-1316026', ['1316026']],
  ['identifier=MRN-1316026', ['1316026']],
  ['identifier=urn:oid:2.999.9%7CMRN-1316026', []],
  ['_id=1316024', ['1316024']],
  ['name=peters&gender=female', ['1316025', '1316026']],
  ['name=constructor', []],
])('finds by %s', async (query, expected) => {
  const { sandbox, token } = await searched
  expect(await ids(sandbox, token, `${plain.base}Patient?${query}`)).toEqual(expected)
})

function searchRequest(base: string, token: string, form: string): Request {
  return new Request(`${base}Patient/_search`, {
    method: 'POST',
    headers: {
      accept: 'application/fhir+json',
      authorization: `Bearer ${token}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: form,
  })
}
