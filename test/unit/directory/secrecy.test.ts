import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { DirectoryClient } from '../../../src/directory/directory-client.ts'
import { failureOf, jsonAnswer, silence, wire, xmlAnswer } from '../../support/answering-fetch.ts'

const KEY = 'Planted.Key/With+Odd&Signs'
const PLAIN_KEY = 'planted-key-0123456789'

function everythingOf(value: unknown): string {
  const own = typeof value === 'object' && value !== null ? Object.getOwnPropertyNames(value) : []
  const members = own.map((name) => String(Reflect.get(Object(value), name)))
  return [
    String(value),
    JSON.stringify(value),
    inspect(value, { depth: 20, showHidden: true }),
    ...members,
  ].join('\n')
}

function expectNoKeyIn(value: unknown, key: string): void {
  const text = everythingOf(value)
  for (const spelling of [
    key,
    encodeURIComponent(key),
    new URLSearchParams({ key }).toString().slice(4),
    encodeURI(key),
    key.toLowerCase(),
    btoa(key),
  ]) {
    expect(text).not.toContain(spelling)
  }
}

const echo = (key: string): Record<string, string> => ({
  'x-request-id': key,
  'request-id': `again-${key}`,
  'x-correlation-id': key,
  'retry-after': key,
  'www-authenticate': `api-key ${key}`,
  etag: `"${key}"`,
})
const outcome = (key: string): object => ({
  resourceType: 'OperationOutcome',
  issue: [{ diagnostics: `key ${key} and ${encodeURIComponent(key)}` }],
})

const answers: Record<string, (key: string) => Response> = {
  refused: (key) => jsonAnswer(outcome(key), echo(key), 403),
  absent: (key) => jsonAnswer(outcome(key), echo(key), 404),
  failing: (key) => jsonAnswer(outcome(key), echo(key), 500),
  busy: (key) => jsonAnswer(outcome(key), echo(key), 503),
  'not acceptable': (key) => jsonAnswer(outcome(key), echo(key), 406),
  outcome: (key) => jsonAnswer(outcome(key), echo(key)),
  'another entry': (key) => jsonAnswer({ resourceType: 'Organization', id: key }, echo(key)),
  html: (key) => new Response(`<html>${key}`, { headers: { ...echo(key), 'content-type': key } }),
  'broken JSON': (key) => jsonAnswer(`{"key":"${key}`, echo(key)),
  'broken XML': (key) => xmlAnswer(`<Organization><id value="${key}">`, echo(key)),
  'XML with an entity': (key) => xmlAnswer(`<Organization a="&${key};"/>`, echo(key)),
  redirect: (key) =>
    new Response(null, {
      status: 302,
      headers: { location: `https://else.example/?apikey=${encodeURIComponent(key)}` },
    }),
}

for (const [name, answer] of Object.entries(answers)) {
  test.each([
    ['header', KEY, 'carequality-r4'],
    ['header', PLAIN_KEY, 'carequality-r4'],
    ['query', KEY, 'carequality-stu3'],
    ['query', PLAIN_KEY, 'carequality-stu3'],
  ] as const)(
    `the API key in the %s is in no error and no event: ${name}, %s`,
    async (_, key, release) => {
      const to = wire(() => answer(key))
      const options = { ...to.options, release, environment: 'dev', apiKey: key } as const
      const client = new DirectoryClient(options)
      for (const call of [client.read('2.999.1'), client.search({ name: 'x' })]) {
        const found = await call.catch((error: unknown) => error)
        if (found instanceof Error) expectNoKeyIn(found, key)
      }
      expect(to.requests.length).toBeGreaterThan(0)
      expectNoKeyIn(to.events, key)
      expectNoKeyIn(client, key)
    },
  )
}

test('B1: the API key is in no error where the network fails with a message that quotes the URL', async () => {
  const to = wire(({ url, headers }) =>
    Promise.reject(
      Object.assign(new TypeError(`failed to fetch ${url}`), {
        cause: { code: 'ECONNREFUSED', url, headers: [...headers] },
      }),
    ),
  )
  for (const release of ['carequality-stu3', 'carequality-r4'] as const) {
    const options = { ...to.options, release, environment: 'dev', apiKey: KEY } as const
    const error = await failureOf(new DirectoryClient(options).read('2.999.1'))
    expect(error).toMatchObject({ code: 'ERR_CQ_NETWORK' })
    expectNoKeyIn(error, KEY)
  }
  expect(to.events.length).toBeGreaterThan(0)
  expectNoKeyIn(to.events, KEY)
})

test('the API key is in no error where time runs out or the policy refuses', async () => {
  const to = wire(silence)
  const options = {
    ...to.options,
    release: 'carequality-stu3',
    environment: 'dev',
    apiKey: KEY,
  } as const
  const late = await failureOf(new DirectoryClient({ ...options, timeoutMs: 20 }).read('2.999.1'))
  expect(late).toMatchObject({ code: 'ERR_CQ_TIMEOUT' })
  expectNoKeyIn(late, KEY)
  const refused = await failureOf(
    new DirectoryClient({ ...options, allowedOrigins: [] }).search({}),
  )
  expect(refused).toMatchObject({ code: 'ERR_CQ_ORIGIN_REFUSED' })
  expectNoKeyIn(refused, KEY)
})

test('a key that is none is not quoted in the TypeError', async () => {
  const apiKey = 'planted key with spaces'
  const { options } = wire(() => jsonAnswer({}))
  const client = new DirectoryClient({ ...options, release: 'carequality-stu3', apiKey })
  expectNoKeyIn(await failureOf(client.read('2.999.1')), apiKey)
})

test('the API key is not in a page that repeats the request in its links', async () => {
  const to = wire(({ url }) =>
    jsonAnswer({
      resourceType: 'Bundle',
      link: [
        { relation: 'self', url },
        { relation: 'next', url: `${url}&_start=2` },
      ],
    }),
  )
  const options = { ...to.options, release: 'carequality-stu3', apiKey: KEY } as const
  const page = await new DirectoryClient(options).search({ name: 'x' })
  expect(page.next).toBe(
    'https://connect.carequality.org/fhir-stu3/1.0.1/Organization?name=x&_format=xml&_start=2',
  )
  expectNoKeyIn(page, KEY)
})

/** Links that hold the key in its own name, in another, or in a value. */
const linksWith = (key: string): readonly string[] =>
  [key, encodeURIComponent(key)].flatMap((one) => [
    `https://else.example/fhir?apikey=${one}`,
    `https://else.example/${one}/fhir`,
    `https://${one.replace(/\W/g, '')}.example/fhir?x=${one}`,
    `?_apiKey=${one}&p=2#x`,
    `?p=${one}`,
    `?next=%3Fapikey%3D${one}`,
    `\\?apikey=${one}`,
  ])

test.each(['carequality-stu3', 'carequality-r4'] as const)(
  'the API key is in no event, error or account of a listing: %s',
  async (release) => {
    const resource = (id: string): object => ({ resourceType: 'Organization', id, name: 'A' })
    for (const link of linksWith(PLAIN_KEY)) {
      const to = wire((_, number) => {
        if (number === 2) return jsonAnswer(outcome(PLAIN_KEY), echo(PLAIN_KEY), 410)
        return number > 3
          ? jsonAnswer(outcome(PLAIN_KEY), echo(PLAIN_KEY), 403)
          : jsonAnswer({
              resourceType: 'Bundle',
              link: [{ relation: 'next', url: link }],
              entry: [
                { resource: resource(`2.999.${number}`) },
                { resource: outcome(PLAIN_KEY) },
                { resource: { resourceType: PLAIN_KEY } },
              ],
            })
      })
      const options = { ...to.options, release, environment: 'dev', apiKey: PLAIN_KEY } as const
      const listing = new DirectoryClient(options).entries({ active: true })
      const errors: unknown[] = []
      try {
        for await (const entry of listing)
          expectNoKeyIn({ ...entry, resource: undefined }, PLAIN_KEY)
      } catch (error) {
        errors.push(error)
      }
      // The name of a foreign host is the host's own.
      if (!link.includes(`//${PLAIN_KEY.replace(/\W/g, '')}`)) expect(errors).toHaveLength(1)
      expectNoKeyIn([errors[0], listing.account, to.events], PLAIN_KEY)
      expectNoKeyIn(errors[0], PLAIN_KEY)
    }
  },
)

test('the API key is not in what is said of a reference that holds it', async () => {
  const references = [
    `https://else.example/Endpoint/${PLAIN_KEY}`,
    `https://directory.dev.carequality.org/fhir/Endpoint/e1?apikey=${PLAIN_KEY}`,
    `Endpoint/${PLAIN_KEY}`,
  ]
  const to = wire(({ url }) =>
    url.includes('/Endpoint/')
      ? jsonAnswer(outcome(PLAIN_KEY), echo(PLAIN_KEY), 500)
      : jsonAnswer({
          resourceType: 'Organization',
          id: '2.999.1',
          endpoint: references.map((reference) => ({ reference })),
        }),
  )
  const { options } = to
  const client = new DirectoryClient({
    ...options,
    release: 'carequality-r4',
    environment: 'dev',
    apiKey: PLAIN_KEY,
  })
  const { unreadable } = await client.read('2.999.1')
  expect(unreadable).toHaveLength(3)
  expectNoKeyIn([unreadable, to.events], PLAIN_KEY)
})

test('the API key is not told where a fallback answers or fails', async () => {
  const to = wire(() => jsonAnswer(outcome(PLAIN_KEY), echo(PLAIN_KEY), 503))
  const entry = { id: '2.999.1', name: '', active: true, endpoints: [], resource: {} }
  const place = { release: 'carequality-stu3', environment: 'dev', apiKey: PLAIN_KEY } as const
  const good = { read: () => Promise.resolve(entry) }
  await new DirectoryClient({ ...to.options, ...place, fallback: good }).read('2.999.1')
  const bad = new DirectoryClient({ ...to.options, ...place })
  const client = new DirectoryClient({ ...to.options, ...place, fallback: bad })
  expectNoKeyIn(await failureOf(client.read('2.999.1')), PLAIN_KEY)
  expect(to.events.map(({ type }) => type)).toEqual(
    expect.arrayContaining(['directory.fallback', 'directory.fallback-failed']),
  )
  expectNoKeyIn(to.events, PLAIN_KEY)
})
