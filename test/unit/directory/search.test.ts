import { describe, expect, test } from 'vitest'
import { DirectoryClient } from '../../../src/directory/directory-client.ts'
import type { DirectoryPage } from '../../../src/directory/pages/page.ts'
import type { DirectoryOptions } from '../../../src/directory/api/options.ts'
import { failureOf, jsonAnswer, wire, xmlAnswer, type Wire } from '../../support/answering-fetch.ts'

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
