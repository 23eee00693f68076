import { describe, expect, test } from 'vitest'
import type { FhirPatientClientOptions } from '../../../src/fhir/index.ts'
import { base, bundle, fake, fhir, inTurn, leaks, walked } from '../../support/fhir-answers.ts'

const origin = 'https://fhir.example.org'

/** A search whose first page has this next link, and whose second has none. */
async function follow(next: unknown, options: Partial<FhirPatientClientOptions> = {}) {
  const { client, seen } = fake(
    inTurn(
      () => fhir(200, bundle(['1', '2'], { next })),
      () => fhir(200, bundle(['3'])),
    ),
    { authorize: () => Promise.resolve('S3CRET-TOKEN'), ...options },
  )
  return { ...(await walked(client.search({ family: 'Zebulon-Marker' }))), seen }
}

describe('a next link is followed by GET with the token', () => {
  test.each<[string, string]>([
    [`${base}/Patient?page=2`, `${base}/Patient?page=2`],
    [`${base}?_getpages=abc&_bundletype=searchset`, `${base}?_getpages=abc&_bundletype=searchset`],
    [`${base}/?_getpages=abc`, `${base}/?_getpages=abc`],
    [`${base}/opaque/8f2-9%20x/2`, `${base}/opaque/8f2-9%20x/2`],
    ['Patient?page=2', `${base}/Patient?page=2`],
    ['./Patient?page=2', `${base}/Patient?page=2`],
    ['/r4/Patient?page=2', `${base}/Patient?page=2`],
    ['//fhir.example.org/r4/Patient?page=2', `${base}/Patient?page=2`],
    ['https://FHIR.example.org:443/r4/Patient?page=2', `${base}/Patient?page=2`],
    [`${origin}/r%34/Patient?page=2`, `${origin}/r%34/Patient?page=2`],
    [`${base}/a/../Patient?page=2`, `${base}/Patient?page=2`],
    [`\t ${base}/Patient?page=2\r\n`, `${base}/Patient?page=2`],
    ['?page=2', `${base}/Patient?page=2`],
    // Case, doubled slashes and bare spaces: docs/decisions/0014-answers-of-the-field.md.
    [`${origin}/R4/Patient?page=2`, `${origin}/R4/Patient?page=2`],
    [`${origin}//r4//Patient?page=2`, `${origin}//r4//Patient?page=2`],
    [`${base}/Patient?name=a b`, `${base}/Patient?name=a%20b`],
  ])('%j', async (next, url) => {
    for (const searchMethod of ['get', 'post-only'] as const) {
      const { ids, error, seen } = await follow(next, { searchMethod })
      expect(error).toBeUndefined()
      expect(ids).toEqual(['1', '2', '3'])
      expect(seen[1]).toMatchObject({ method: 'GET', url, body: '' })
      expect(seen[1]?.headers.get('authorization')).toBe('Bearer S3CRET-TOKEN')
      expect(seen[1]?.headers.get('accept')).toBe('application/fhir+json')
    }
  })

  test('whether or not the base ends in a slash or holds a query', async () => {
    for (const baseUrl of [`${base}/`, `${base}?tenant=7`, `${origin}/r%34`]) {
      expect(await follow('Patient?page=2', { baseUrl })).toMatchObject({ error: undefined })
      expect(await follow(`${base}?page=2`, { baseUrl })).toMatchObject({ error: undefined })
    }
    const { seen } = await follow('?page=2', { baseUrl: `${base}?tenant=7` })
    expect(seen[1]?.url).toBe(`${base}/Patient?page=2`)
  })

  test('that belongs to the page before it', async () => {
    const { client, seen } = fake(
      inTurn(
        () => fhir(200, bundle(['1'], { next: 'pages/x?n=2' })),
        () => fhir(200, bundle(['2'], { next: '?n=3' })),
        () => fhir(200, bundle(['3'])),
      ),
    )
    expect((await walked(client.search({ family: 'a' }))).ids).toEqual(['1', '2', '3'])
    expect(seen.map(({ url }) => url.slice(base.length))).toEqual([
      '/Patient/_search',
      '/pages/x?n=2',
      '/pages/x?n=3',
    ])
  })

  test('to another path of the origin where the caller allows it', async () => {
    const next = `${origin}/other/Patient?page=2`
    const { ids, seen } = await follow(next, { nextLinks: 'same-origin' })
    expect(ids).toEqual(['1', '2', '3'])
    expect(seen[1]?.url).toBe(next)
    const elsewhere = await follow('https://evil.example/r4', { nextLinks: 'same-origin' })
    expect(elsewhere.error).toMatchObject({ code: 'ERR_CQ_NEXT_LINK_REFUSED' })
  })
})

describe('A4: a next link is refused, with no request and no token', () => {
  test.each<[string, unknown]>([
    ['another origin', 'https://evil.example/r4/Patient?page=2'],
    ['another origin without scheme', '//evil.example/r4/Patient?page=2'],
    ['a subdomain', 'https://a.fhir.example.org/r4/Patient?page=2'],
    ['another port', 'https://fhir.example.org:8443/r4/Patient?page=2'],
    ['http after https', 'http://fhir.example.org/r4/Patient?page=2'],
    ['a private address', 'https://169.254.169.254/r4/Patient'],
    ['a file', 'file:///etc/passwd'],
    ['a script', 'javascript:alert(1)'],
    ['data', 'data:application/fhir+json,{}'],
    ['another tenant', `${origin}/r5/Patient?page=2`],
    ['another tenant, root-relative', '/tenant-b/Patient?page=2'],
    ['another tenant by steps up', `${base}/../tenant-b/Patient`],
    ['the root', `${origin}/`],
    ['a look-alike path', `${base}-evil/Patient?page=2`],
    ['a letter that only looks like another case', `${origin}/r4\u212a/Patient?page=2`],
    ['encoded steps', `${base}/%2e%2e/tenant-b/Patient`],
    ['half encoded steps', `${base}/.%2E/tenant-b/Patient`],
    ['steps behind an encoded slash', `${base}/..%2ftenant-b/Patient`],
    ['steps behind an encoded backslash', `${base}/..%5Ctenant-b/Patient`],
    ['steps encoded twice', `${base}/%252e%252e/tenant-b/Patient`],
    ['steps with a path parameter', `${base}/..;/tenant-b/Patient`],
    ['steps with an encoded path parameter', `${base}/%2e%2e%3b/tenant-b/Patient`],
    ['a broken escape', `${base}/%zz`],
    ['user info', 'https://u:p@fhir.example.org/r4/Patient?page=2'],
    ['a user', '//u@fhir.example.org/r4/Patient?page=2'],
    ['a line break', `${base}/Patient?a=\r\nX-Evil: b`],
    ['a tab', `${base}/Pat\tient`],
    ['NUL', `${base}/Patient\0`],
    ['a space in the path', `${base}/Pat ient?name=a`],
    ['more than 8 kB', `${base}/Patient?page=${'2'.repeat(8_192)}`],
    ['backslashes', '\\\\evil.example\\r4'],
    ['a fragment', `${base}/Patient?page=2#a`],
    ['a number', 5],
    ['an object', { url: base }],
  ])('%s', async (_what, next) => {
    for (const searchMethod of ['get', 'post-only'] as const) {
      const { ids, error, seen } = await follow(next, { searchMethod })
      expect(ids).toEqual(['1', '2'])
      expect(error).toMatchObject({
        code: 'ERR_CQ_NEXT_LINK_REFUSED',
        operation: 'patients.search',
        retryable: false,
        received: 2,
        pages: 1,
      })
      expect(seen).toHaveLength(1)
      expect(leaks(error)).toEqual([])
    }
  })

  test('one without any url is refused: more may be there, and nobody says that it is the end', async () => {
    const { client } = fake(() => fhir(200, bundle(['1'], { link: [{ relation: 'next' }] })))
    expect(await walked(client.search({ family: 'a' }))).toMatchObject({
      ids: ['1'],
      error: { code: 'ERR_CQ_NEXT_LINK_REFUSED', received: 1 },
    })
  })

  test.each([{ url: null }, { url: '' }, { url: ' \n' }])(
    '%j with it is the end, unless the server counts more than it gave',
    async (empty) => {
      const link = [{ relation: 'next', ...empty }]
      const end = fake(() => fhir(200, bundle(['1'], { link, total: 1 })))
      expect(await walked(end.client.search({ family: 'a' }))).toEqual({
        ids: ['1'],
        error: undefined,
      })
      const more = fake(() => fhir(200, bundle(['1'], { link, total: 2 })))
      expect(await walked(more.client.search({ family: 'a' }))).toMatchObject({
        ids: ['1'],
        error: { code: 'ERR_CQ_NEXT_LINK_REFUSED', received: 1 },
      })
    },
  )

  test('one of two different ones', async () => {
    const two = (second: string) =>
      fake(
        inTurn(
          () =>
            fhir(200, bundle(['1'], { next: '?n=2', link: [{ relation: 'next', url: second }] })),
          () => fhir(200, bundle(['2'])),
        ),
      )
    const different = two('?n=3')
    expect(await walked(different.client.search({ family: 'a' }))).toMatchObject({
      ids: ['1'],
      error: { code: 'ERR_CQ_NEXT_LINK_REFUSED' },
    })
    expect(different.seen).toHaveLength(1)
    const same = two('?n=2')
    expect(await walked(same.client.search({ family: 'a' }))).toEqual({
      ids: ['1', '2'],
      error: undefined,
    })
  })
})

test('links that are no links and other relations are left alone', async () => {
  const link = [
    null,
    5,
    'next',
    {},
    { relation: 5, url: '?n=9' },
    { relation: 'last', url: '?n=9' },
  ]
  const { client, seen } = fake(() => fhir(200, bundle(['1'], { link })))
  expect(await walked(client.search({ family: 'a' }))).toEqual({ ids: ['1'], error: undefined })
  expect(seen).toHaveLength(1)
})

test('A3: a redirect of a page to another origin is refused', async () => {
  const { client, seen } = fake(
    inTurn(
      () => fhir(200, bundle(['1'], { next: '?n=2' })),
      () => fhir(302, '', { location: 'https://evil.example/?family=Zebulon-Marker' }),
    ),
  )
  const { ids, error } = await walked(client.search({ family: 'Zebulon-Marker' }))
  expect(ids).toEqual(['1'])
  expect(error).toMatchObject({ code: 'ERR_CQ_REDIRECT_REFUSED', received: 1, pages: 1 })
  expect(seen.some(({ url }) => url.includes('evil'))).toBe(false)
  expect(leaks(error)).toEqual([])
})
