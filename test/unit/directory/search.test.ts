import { describe, expect, test } from 'vitest'
import { DirectoryClient } from '../../../src/directory/directory-client.ts'
import type { DirectoryPage } from '../../../src/directory/pages/page.ts'
import type { DirectoryOptions } from '../../../src/directory/api/options.ts'
import { failureOf, jsonAnswer, wire, xmlAnswer, type Wire } from '../../support/answering-fetch.ts'
import { directoryReleases } from '../../../src/directory/api/releases.ts'
import {
  searchQuery,
  type DirectorySearchParameters,
} from '../../../src/directory/api/search-parameters.ts'
import { BASE, directoryOf, page } from '../../support/directory-wire.ts'

describe('search by the client', () => {
  const KEY = 'Top/Secret+Key&1'
  const client = (
    to: Wire,
    release: 'carequality-stu3' | 'carequality-r4' = 'carequality-r4',
  ): DirectoryClient =>
    new DirectoryClient({
      ...to.options,
      release,
      environment: 'production',
      apiKey: KEY,
    } satisfies DirectoryOptions)

  const bundle = (more: object): object => ({ resourceType: 'Bundle', type: 'searchset', ...more })
  const pageOf = (body: object): Promise<DirectoryPage> =>
    client(wire(() => jsonAnswer(body))).search({})

  async function nextOf(url: unknown): Promise<string | undefined> {
    const link = [
      { relation: 'self', url: 'https://self.example' },
      { relation: 'next', url },
    ]
    return (await pageOf(bundle({ link }))).next
  }

  describe('search', () => {
    test('sends the parameters under the names of the release', async () => {
      const to = wire(() => jsonAnswer(bundle({})))
      await client(to).search({ name: 'St. Mary & Co', active: false, count: 25 })
      await client(to, 'carequality-stu3').search({ name: 'a', active: true, count: 1.5 })
      await client(to).search({})
      expect(to.requests.map(({ url }) => url)).toEqual([
        'https://directory.prod.carequality.org/fhir/Organization?name=St.+Mary+%26+Co&active=false&_count=25',
        'https://prod-dir-ceq-01.sequoiaproject.org/fhir-stu3/1.0.1/Organization?name=a&_active=true&_count=2&apikey=Top%2FSecret%2BKey%261&_format=xml',
        'https://directory.prod.carequality.org/fhir/Organization',
      ])
    })

    test.each([
      undefined,
      null,
      'name',
      [],
      { name: '' },
      { name: 7 },
      { active: 'true' },
      { count: 0 },
      { count: '5' },
    ])('refuses %j with a TypeError, and sends nothing', async (parameters) => {
      const to = wire(() => jsonAnswer(bundle({})))
      const call = client(to).search(parameters as { name?: string })
      expect(await failureOf(call)).toBeInstanceOf(TypeError)
      expect(to.requests).toHaveLength(0)
    })

    test('gives the organizations of a JSON page and passes over what is none', async () => {
      const entry = [
        { resource: { resourceType: 'Organization', id: '2.999.1', name: 'A' } },
        { resource: { resourceType: 'OperationOutcome' }, search: { mode: 'outcome' } },
        { resource: { resourceType: 'Organization', name: 'without id' } },
        { resource: { Organization: { id: { value: '2.999.2' } } } },
        null,
        {},
      ]
      const page = await pageOf(bundle({ total: 17, entry }))
      expect(page.entries.map(({ id }) => id)).toEqual(['2.999.1', '2.999.2'])
      expect(page.total).toBe(17)
      expect('next' in page).toBe(false)
    })

    test('gives the organizations of a legacy page, one or several', async () => {
      const one =
        '<entry><resource><Organization><id value="2.999.1"/></Organization></resource></entry>'
      const search = (body: string): Promise<DirectoryPage> =>
        client(
          wire(() => xmlAnswer(`<Bundle>${body}</Bundle>`)),
          'carequality-stu3',
        ).search({})
      expect((await search(`<total value="1"/>${one}`)).entries).toHaveLength(1)
      expect((await search(one + one)).entries).toHaveLength(2)
      expect(await search('<total value="0"/>')).toEqual({
        entries: [],
        total: 0,
        unreadable: [],
        outcomes: [],
        warnings: [],
      })
    })

    test.each([
      [3, 3],
      ['3', 3],
      [{ value: '3' }, 3],
      [undefined, undefined],
      ['many', undefined],
      [1.5, undefined],
      [null, undefined],
    ])('reads total %j as %s', async (total, expected) => {
      expect((await pageOf(bundle({ total }))).total).toBe(expected)
    })

    test.each([
      ['an OperationOutcome', { resourceType: 'OperationOutcome' }],
      ['a single Organization', { resourceType: 'Organization', id: '2.999.1' }],
    ])('%s in place of the page is an error', async (_, body) => {
      expect(await failureOf(pageOf(body))).toMatchObject({ code: 'ERR_CQ_UNEXPECTED_RESOURCE' })
    })
  })

  describe('the next link', () => {
    const base = 'https://directory.example/fhir'
    test.each([
      [`${base}?_getpages=1&_count=2`, `${base}?_getpages=1&_count=2`],
      [`${base}?_getpages=a;b?c=d`, `${base}?_getpages=a;b?c=d`],
      [`${base}/page/2`, `${base}/page/2`],
      [`${base}?apikey=x&_start=10`, `${base}?_start=10`],
      [`${base}?_start=10&apiKey=x`, `${base}?_start=10`],
      [`${base}?_start=10&APIKEY=x&_count=5`, `${base}?_start=10&_count=5`],
      [`${base}?_apikey=x`, base],
      [`${base}?api_key=x&a=1`, `${base}?a=1`],
      [`${base}?_api_key=x&a=1`, `${base}?a=1`],
      [`${base}?api-key=x&a=1`, `${base}?a=1`],
      [`${base}?%61pikey=x&a=1`, `${base}?a=1`],
      [`${base}?a=1;apikey=x`, `${base}?a=1`],
      [`${base}?k=${encodeURIComponent(KEY)}&a=1`, `${base}?a=1`],
      [`${base}?k=Top/Secret+Key%261&a=1`, `${base}?a=1`],
      [`${base}?back=${encodeURIComponent(`${base}?apikey=x`)}&a=1`, `${base}?a=1`],
      [`${base}?a=%zz`, `${base}?a=%zz`],
    ])('%s is shown as %s', async (url, shown) => {
      expect(await nextOf(url)).toBe(shown)
      expect(await nextOf({ value: url })).toBe(shown)
    })

    test.each([undefined, null, '', 7, {}])('%j is none, or as odd as it came', async (url) => {
      expect(await nextOf(url)).toBe(url === 7 ? '7' : undefined)
    })

    test('loses the parameter in which the release sends its key', async () => {
      const to = wire(() =>
        jsonAnswer(bundle({ link: { relation: 'next', url: 'https://d.example?Token.1=x&b=2' } })),
      )
      const release = {
        id: 'mine',
        format: 'json',
        apiKey: { in: 'query', name: 'token.1' },
        baseUrls: { public: 'https://d.example' },
        activeParameter: 'active',
      } as const
      const page = await new DirectoryClient({ ...to.options, release, apiKey: KEY }).search({})
      expect(page.next).toBe('https://d.example?b=2')
    })
  })
})

describe('search parameters', () => {
  const r4 = directoryReleases['carequality-r4']

  describe('search parameters', () => {
    test.each<[DirectorySearchParameters, string[]]>([
      [{}, []],
      [{ name: 'St. Mary' }, ['name=St. Mary']],
      [{ name: { contains: 'a,b|c$d\\e' } }, ['name:contains=a\\,b\\|c\\$d\\\\e']],
      [{ name: { exact: 'Clinic' } }, ['name:exact=Clinic']],
      [{ identifier: '2.999.1' }, ['identifier=urn:oid:2.999.1']],
      [{ identifier: ' URN:OID:2.999.1' }, ['identifier=urn:oid:2.999.1']],
      [{ identifier: 'npi-7' }, ['identifier=npi-7']],
      [{ identifier: { system: 'http://npi', value: 'a|b' } }, ['identifier=http://npi|a\\|b']],
      [{ active: false }, ['active=false']],
      [{ address: 'Main St' }, ['address=Main St']],
      [
        { address: { city: 'Ely', state: 'NV', postalCode: '89301', country: 'US' } },
        ['address-city=Ely', 'address-state=NV', 'address-postalcode=89301', 'address-country=US'],
      ],
      [{ partOf: 'urn:oid:2.999' }, ['partof=Organization/2.999']],
      [{ partOf: 'QHIN-1' }, ['partof=Organization/QHIN-1']],
      [{ lastUpdated: 'ge2026-01-01' }, ['_lastUpdated=ge2026-01-01']],
      [
        { lastUpdated: ['gt2026', 'le2026-06-01T12:00:00.5+02:00'] },
        ['_lastUpdated=gt2026', '_lastUpdated=le2026-06-01T12:00:00.5+02:00'],
      ],
      [{ count: 9.2 }, ['_count=10']],
    ])('%j are %j', (parameters, query) => {
      expect(searchQuery(parameters, r4).map(([name, value]) => `${name}=${value}`)).toEqual(query)
    })

    test('have the names of the release', () => {
      const release = { ...r4, activeParameter: '_active', paging: { count: 'limit' } }
      expect(searchQuery({ active: true, count: 5 }, release)).toEqual([
        ['_active', 'true'],
        ['limit', '5'],
      ])
    })

    test.each([
      ['name', { name: '' }],
      ['name', { name: { contains: 'a', exact: 'a' } }],
      ['name', { name: {} }],
      ['name', { name: ['a'] }],
      ['name.contains', { name: { contains: '' } }],
      ['name.exact', { name: { exact: 1 } }],
      ['identifier', { identifier: '' }],
      ['identifier.system', { identifier: { value: 'x' } }],
      ['identifier.value', { identifier: { system: 'x', value: '' } }],
      ['active', { active: 'yes' }],
      ['address', { address: '' }],
      ['address.city', { address: { city: 1 } }],
      ['partOf', { partOf: 'a b' }],
      ['partOf', { partOf: '' }],
      ['lastUpdated', { lastUpdated: 'yesterday' }],
      ['lastUpdated', { lastUpdated: ['ge2026', 7] }],
      ['lastUpdated', { lastUpdated: 'xx2026' }],
      ['count', { count: -1 }],
      ['parameters', []],
    ])('a wrong "%s" is a TypeError, and nothing is sent', async (option, parameters) => {
      const to = wire(() => page([]))
      const error = await failureOf(directoryOf(to).search(parameters as never))
      expect(error).toBeInstanceOf(TypeError)
      expect((error as Error).message).toContain(`"${option}"`)
      expect(to.requests).toHaveLength(0)
    })
  })

  describe('on the wire', () => {
    const queryOf = async (parameters: DirectorySearchParameters): Promise<string> => {
      const to = wire(() => page([]))
      await directoryOf(to).search(parameters)
      expect(to.requests).toHaveLength(1)
      return to.requests[0]?.url.replace(`${BASE}/Organization`, '') ?? ''
    }

    test.each<[DirectorySearchParameters, string]>([
      [{}, ''],
      [{ name: 'St. Mary & Co' }, '?name=St.+Mary+%26+Co'],
      [{ name: 'a,b|c$d\\e' }, '?name=a%5C%2Cb%5C%7Cc%5C%24d%5C%5Ce'],
      [{ name: { contains: 'café' } }, '?name%3Acontains=caf%C3%A9'],
      [{ name: { exact: 'A+B=C?' } }, '?name%3Aexact=A%2BB%3DC%3F'],
      [{ identifier: 'Urn:Oid:2.999.1 ' }, '?identifier=urn%3Aoid%3A2.999.1'],
      [{ identifier: 'a|b' }, '?identifier=a%5C%7Cb'],
      [
        { identifier: { system: 'http://hl7.org/fhir/sid/us-npi', value: '1,2' } },
        '?identifier=http%3A%2F%2Fhl7.org%2Ffhir%2Fsid%2Fus-npi%7C1%5C%2C2',
      ],
      [{ active: true }, '?active=true'],
      [{ active: false }, '?active=false'],
      [{ address: '9 Cedar Road, Ely' }, '?address=9+Cedar+Road%5C%2C+Ely'],
      [{ address: { postalCode: '89301' } }, '?address-postalcode=89301'],
      [{ address: {} }, ''],
      [{ partOf: ' Organization/2.999 ' }, '?partof=Organization%2F2.999'],
      [
        { lastUpdated: 'ge2026-01-01T00:00:00+02:00' },
        '?_lastUpdated=ge2026-01-01T00%3A00%3A00%2B02%3A00',
      ],
      [{ lastUpdated: ['ge2026', 'lt2027'] }, '?_lastUpdated=ge2026&_lastUpdated=lt2027'],
      [{ count: 0.5 }, '?_count=1'],
      [
        {
          name: 'a',
          identifier: '2.999.1',
          active: true,
          address: { city: 'Ely', state: 'NV' },
          partOf: '2.999',
          lastUpdated: 'gt2026',
          count: 5,
        },
        '?name=a&identifier=urn%3Aoid%3A2.999.1&active=true&address-city=Ely&address-state=NV&partof=Organization%2F2.999&_lastUpdated=gt2026&_count=5',
      ],
    ])('%j is %s', async (parameters, query) => {
      expect(await queryOf(parameters)).toBe(query)
    })

    test.each(['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap', ''])(
      'the prefix "%s" of a date goes along',
      async (prefix) => {
        for (const date of [
          '2026',
          '2026-06',
          '2026-06-01',
          '2026-06-01T10:00',
          '2026-06-01T10:00:00.5Z',
        ])
          expect(await queryOf({ lastUpdated: prefix + date })).toBe(
            `?_lastUpdated=${encodeURIComponent(prefix + date)}`,
          )
      },
    )

    test('a member that is not known is not sent', async () => {
      expect(await queryOf({ name: 'a', _id: '*', apikey: 'x' } as never)).toBe('?name=a')
    })
  })

  describe('every wrong argument', () => {
    test.each<[string, unknown]>([
      ['parameters', null],
      ['parameters', 'name=x'],
      ['name', { name: null }],
      ['name', { name: 7 }],
      ['name', { name: { starts: 'a' } }],
      ['name.contains', { name: { contains: null } }],
      ['name.exact', { name: { exact: ['a'] } }],
      ['identifier', { identifier: null }],
      ['identifier', { identifier: ['2.999.1'] }],
      ['identifier', { identifier: 2.999 }],
      ['identifier.system', { identifier: {} }],
      ['identifier.system', { identifier: { system: '', value: 'x' } }],
      ['identifier.value', { identifier: { system: 'x' } }],
      ['active', { active: null }],
      ['active', { active: 0 }],
      ['address', { address: null }],
      ['address', { address: ['Ely'] }],
      ['address.city', { address: { city: '' } }],
      ['address.state', { address: { state: ['NV'] } }],
      ['address.postalCode', { address: { postalCode: 89301 } }],
      ['address.country', { address: { country: null } }],
      ['partOf', { partOf: null }],
      ['partOf', { partOf: '../x' }],
      ['partOf', { partOf: '3.1' }],
      ['partOf', { partOf: '2.999.1,2.999.2' }],
      ['lastUpdated', { lastUpdated: null }],
      ['lastUpdated', { lastUpdated: '' }],
      ['lastUpdated', { lastUpdated: 2026 }],
      ['lastUpdated', { lastUpdated: 'ge2026-1-1' }],
      ['lastUpdated', { lastUpdated: 'ge2026-01-01&active=false' }],
      ['lastUpdated', { lastUpdated: '>2026' }],
      ['lastUpdated', { lastUpdated: new Date(0) }],
      ['lastUpdated', { lastUpdated: ['ge2026', ''] }],
      ['count', { count: null }],
      ['count', { count: Number.NaN }],
      ['count', { count: Infinity }],
      ['count', { count: 5n }],
    ])('"%s": %o is a TypeError that names it, before any request', async (option, parameters) => {
      const to = wire(() => page([]))
      const directory = directoryOf(to)
      const error = await failureOf(directory.search(parameters as never))
      expect(error).toBeInstanceOf(TypeError)
      expect(String(error)).toContain(`"${option}"`)
      expect(() => directory.entries(parameters as never)).toThrow(`"${option}"`)
      expect(to.requests).toHaveLength(0)
    })
  })
})
