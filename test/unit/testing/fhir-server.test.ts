import { expect, test, describe } from 'vitest'
import { type Sandbox, createSandbox } from '../../../src/testing/index.ts'
import { atNoon, cerner, get, plain, record, sunrise, tokenFor } from './wire.ts'

describe('the sandbox’s FHIR server', () => {
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
    expect([response.status, await response.text()]).toEqual([
      403,
      'Tenant not valid or accessible',
    ])
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
})

/** What the SMART server of the sandbox has beside Patients as they are, and the others have not. */
describe('its records', () => {
  const all = 'system/Patient.read system/DocumentReference.read system/Observation.read'

  const smart = atNoon().then(async ({ sandbox }) => ({
    sandbox,
    token: await tokenFor(sandbox, sunrise.token, `${all} system/Binary.read`),
  }))

  async function asked(path: string, headers: Record<string, string> = {}): Promise<Response> {
    const { sandbox, token } = await smart
    return get(sandbox, sunrise.base + path, token, headers)
  }

  interface Entry {
    readonly resource: { resourceType: string; id: string }
    readonly search?: unknown
    readonly request?: unknown
    readonly response?: unknown
  }

  async function entriesOf(response: Response): Promise<readonly Entry[]> {
    expect(response.status).toBe(200)
    const { entry = [] } = await record(response)
    return entry as Entry[]
  }

  function names(entries: readonly Entry[]): string[] {
    return entries.map(({ resource: { resourceType, id } }) => `${resourceType}/${id}`)
  }

  describe('versions', () => {
    test('a read has an ETag, and an unchanged resource is 304 without a body', async () => {
      const first = await asked('Patient/1316030')
      expect(first.headers.get('etag')).toBe('W/"2"')
      expect(first.headers.get('last-modified')).toBe('Fri, 30 Jun 2023 10:02:00 GMT')
      const again = await asked('Patient/1316030', { 'if-none-match': 'W/"1", W/"2"' })
      expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([
        304,
        '',
        'W/"2"',
      ])
      expect((await asked('Patient/1316030', { 'if-none-match': 'W/"1"' })).status).toBe(200)
    })

    test('vread gives each version, and no other', async () => {
      const family = async (version: string): Promise<unknown> =>
        (await record(await asked(`Patient/1316030/_history/${version}`))).name
      expect(await family('1')).toMatchObject([{ family: 'Rivera' }])
      expect(await family('2')).toMatchObject([{ family: 'Santos' }])
      expect((await asked('Patient/1316030/_history/3')).status).toBe(404)
    })

    test('the history is newest first, with what made each version', async () => {
      const response = await asked('Patient/1316030/_history?_count=5')
      expect(await entriesOf(response)).toMatchObject([
        { request: { method: 'PUT', url: 'Patient/1316030' }, response: { etag: 'W/"2"' } },
        { request: { method: 'POST', url: 'Patient' }, response: { status: '201', etag: 'W/"1"' } },
      ])
      const { type, total } = await record(await asked('Patient/1316024/_history'))
      expect([type, total]).toEqual(['history', 1])
      expect((await asked('Patient/1/_history')).status).toBe(404)
    })
  })

  describe('$match', () => {
    async function matched(
      patient: object,
      more: readonly object[] = [],
    ): Promise<readonly [id: string, score: unknown, grade: unknown][]> {
      const { sandbox, token } = await smart
      const parameter = [{ name: 'resource', resource: { resourceType: 'Patient', ...patient } }]
      const response = await sandbox.fetch(
        new Request(`${sunrise.base}Patient/$match`, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json' },
          body: JSON.stringify({ resourceType: 'Parameters', parameter: [...parameter, ...more] }),
        }),
      )
      return (await entriesOf(response)).map(({ resource, search }) => {
        const { score, extension } = search as { score: number; extension: { valueCode: string }[] }
        return [resource.id, score, extension[0]?.valueCode]
      })
    }

    const timothy = {
      name: [{ family: 'PETERS', given: ['Timothy'] }],
      birthDate: '1946-04-05',
      gender: 'male',
    }

    test('grades its candidates, best first', async () => {
      expect(await matched(timothy)).toEqual([
        ['1316024', 1, 'certain'],
        ['1316027', 0.38, 'possible'],
        ['1316028', 0.38, 'possible'],
      ])
      const byName = { name: [{ family: 'Peters', given: ['Timothy'] }] }
      expect((await matched(byName))[0]).toEqual(['1316024', 0.73, 'probable'])
      expect(await matched({ name: [{ family: 'Nobody' }] })).toEqual([])
    })

    test('heeds count and onlyCertainMatches', async () => {
      expect(await matched(timothy, [{ name: 'count', valueInteger: 2 }])).toHaveLength(2)
      const only = [{ name: 'onlyCertainMatches', valueBoolean: true }]
      expect(await matched(timothy, only)).toEqual([['1316024', 1, 'certain']])
      expect(await matched({ name: [{ family: 'Peters' }] }, only)).toEqual([])
    })

    test('of two who are certain none is', async () => {
      const twin = { resourceType: 'Patient' as const, ...timothy, gender: 'male' as const }
      const sandbox = await createSandbox({ patients: ['1', '2'].map((id) => ({ ...twin, id })) })
      const parameter = [
        { name: 'resource', resource: twin },
        { name: 'onlyCertainMatches', valueBoolean: true },
      ]
      const response = await sandbox.fetch(
        new Request(`${sunrise.base}Patient/$match`, {
          method: 'POST',
          headers: { authorization: `Bearer ${await tokenFor(sandbox, sunrise.token)}` },
          body: JSON.stringify({ resourceType: 'Parameters', parameter }),
        }),
      )
      expect(await entriesOf(response)).toEqual([])
    })

    test.each(['', '{}', '[]', '{"parameter":[{"name":"resource"}]}'])(
      'the body %j is 400',
      async (body) => {
        const { sandbox, token } = await smart
        const headers = { authorization: `Bearer ${token}` }
        const init = { method: 'POST', headers, body }
        const url = `${sunrise.base}Patient/$match`
        expect((await sandbox.fetch(new Request(url, init))).status).toBe(400)
      },
    )
  })

  test('$everything gives the Patient and what is about them, by type where asked', async () => {
    const path = 'Patient/1316024/$everything'
    expect(names(await entriesOf(await asked(`${path}?_count=9`)))).toEqual([
      'Patient/1316024',
      'Observation/weight-1',
      'Observation/smoking-1',
      'DocumentReference/letter-1',
      'DocumentReference/report-1',
    ])
    const wanted = await asked(`${path}?_type=DocumentReference,Condition`)
    expect(names(await entriesOf(wanted))).toEqual([
      'DocumentReference/letter-1',
      'DocumentReference/report-1',
    ])
    expect(await record(await asked(path))).toMatchObject({ total: 5, link: [{}, {}] })
    expect((await asked('Patient/1/$everything')).status).toBe(404)
  })

  test.each([
    ['DocumentReference?patient=1316024', ['letter-1', 'report-1']],
    ['DocumentReference?subject=Patient/1316024&type=11502-2', ['report-1']],
    ['DocumentReference?patient=1316025', []],
    ['DocumentReference?patient=1316024&status=superseded', []],
    [
      'Observation?patient=1316024&code=http://loinc.org%7C29463-7,72166-2',
      ['weight-1', 'smoking-1'],
    ],
    ['Observation?code=http://other.example%7C29463-7', []],
    ['Observation?_id=weight-1', ['weight-1']],
  ])('finds by %s', async (path, ids) => {
    const found = await entriesOf(await asked(path))
    expect(found.map(({ resource }) => resource.id)).toEqual(ids)
  })

  test('a Binary comes as its content, or as a resource where that is asked for', async () => {
    const [letter, resource] = await Promise.all([
      asked('Binary/letter-1', { accept: '*/*' }),
      asked('Binary/letter-1'),
    ])
    const content = Buffer.from(await letter.arrayBuffer())
    expect(letter.headers.get('content-type')).toBe('text/plain')
    expect(letter.headers.get('content-length')).toBe(String(content.length))
    const { data } = await record(resource)
    expect(Buffer.from(String(data), 'base64').equals(content)).toBe(true)
    const [reference] = await entriesOf(await asked('DocumentReference?_id=letter-1'))
    expect(reference?.resource).toMatchObject({
      content: [{ attachment: { url: 'Binary/letter-1', size: content.length } }],
    })
    const pdf = Buffer.from(await (await asked('Binary/report-1', { accept: '*/*' })).arrayBuffer())
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-')
  })

  describe('scopes are held against the type', () => {
    test.each([
      ['system/Patient.read', 'Patient/1316024/_history', 200],
      ['system/Patient.read', 'DocumentReference?patient=1316024', 403],
      ['system/Patient.read', 'Observation/weight-1', 403],
      ['system/Patient.read', 'Binary/letter-1', 403],
      ['system/DocumentReference.read', 'DocumentReference?patient=1316024', 200],
      ['system/DocumentReference.read', 'Patient/1316024', 403],
      ['system/Observation.rs', 'Observation/weight-1', 200],
      ['system/*.read', 'Binary/letter-1', 200],
      ['system/Patient.read', 'Patient/1316024/$everything', 403],
      [all, 'Patient/1316024/$everything', 200],
      ['system/Patient.read', 'Patient/1316025/$everything', 200],
    ])('%s for %s is %i', async (scope, path, status) => {
      const { sandbox } = await smart
      const token = await tokenFor(sandbox, sunrise.token, scope)
      expect((await get(sandbox, sunrise.base + path, token)).status).toBe(status)
    })

    test('on later pages too', async () => {
      const { sandbox } = await smart
      const { link } = await record(await asked('Patient/1316024/$everything'))
      const [, next] = link as { url: string }[]
      const narrow = await tokenFor(sandbox, sunrise.token)
      expect((await get(sandbox, next?.url ?? '', narrow)).status).toBe(403)
      expect((await asked((next?.url ?? '').slice(sunrise.base.length - 1))).status).toBe(200)
    })
  })

  describe('what a server has not is not-supported', () => {
    test.each([
      'Condition?patient=1316024',
      'Condition/1',
      'Binary?_id=letter-1',
      'Patient/1316024/$other',
      'Patient/1316024/_history/1/more',
    ])('%s', async (path) => {
      const { sandbox } = await smart
      const token = await tokenFor(sandbox, sunrise.token, 'system/*.read')
      const response = await get(sandbox, sunrise.base + path, token)
      expect([response.status, (await record(response)).issue]).toMatchObject([
        404,
        [{ code: 'not-supported' }],
      ])
    })

    test.each([cerner, plain])('all but Patients at $base', async ({ base, token: at }) => {
      const { sandbox } = await smart
      const token = await tokenFor(sandbox, at, 'system/*.read')
      for (const path of [
        'Patient/1316030/_history',
        'Patient/1316030/_history/1',
        'Patient/1316030/$everything',
        'DocumentReference?patient=1316024',
        'Binary/letter-1',
      ]) {
        const response = await get(sandbox, base + path, token)
        expect([path, response.status, (await record(response)).issue]).toMatchObject([
          path,
          404,
          [{ code: 'not-supported' }],
        ])
      }
    })
  })

  test('the CapabilityStatements say so', async () => {
    const { sandbox } = await smart
    const types = async (base: string): Promise<readonly { type: string }[]> => {
      const { rest } = await record(await get(sandbox, `${base}metadata`))
      return (rest as { resource: { type: string }[] }[])[0]?.resource ?? []
    }
    const offered = await types(sunrise.base)
    expect(offered.map(({ type }) => type)).toEqual([
      'Patient',
      'DocumentReference',
      'Observation',
      'Binary',
    ])
    expect(offered[0]).toMatchObject({ operation: [{ name: 'match' }, { name: 'everything' }] })
    const few = [...(await types(cerner.base)), ...(await types(plain.base))]
    expect(few.map(({ type }) => type)).toEqual(['Patient', 'Patient'])
    expect(few[0]).toMatchObject({ interaction: [{ code: 'read' }, { code: 'search-type' }] })
  })

  test('people of your own have no records of others', async () => {
    const patients = [{ resourceType: 'Patient' as const, id: '1316030' }]
    const sandbox = await createSandbox({ patients })
    const token = await tokenFor(sandbox, sunrise.token, 'system/*.read')
    const history = await entriesOf(
      await get(sandbox, `${sunrise.base}Patient/1316030/_history`, token),
    )
    expect(history).toHaveLength(1)
    const documents = await get(sandbox, `${sunrise.base}DocumentReference?_id=letter-1`, token)
    expect(await entriesOf(documents)).toEqual([])
  })
})
