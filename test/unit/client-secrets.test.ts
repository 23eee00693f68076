import { describe, expect, test } from 'vitest'
import { isCarequalityError, type DirectoryEntry } from '../../src/index.ts'
import { entry, smartConfiguration, statement, token } from '../support/fake-responder.ts'
import { tokenEndpoint, world, type Responses, type World } from '../support/fake-responder.ts'
import { base, bundle, fhir, leaks, outcome, patient, recording } from '../support/fhir-answers.ts'
import { secrets, shownText } from '../support/fhir-answers.ts'
import { CarequalityClient } from '../../src/index.ts'
import { signer } from '../support/fake-responder.ts'

const person = {
  family: 'Zebulon-Marker',
  birthdate: '1931-02-17',
  identifier: { system: 'urn:oid:1.2', value: 'MRN-777-MARKER' },
}
const zebulon = patient('1', { name: [{ family: 'Zebulon-Marker' }], birthDate: '1931-02-17' })
const echo = secrets.join(' ')
const docs = { metadata: () => statement({ token: tokenEndpoint }) }
const says = (body: unknown, status = 400): Response => Response.json(body, { status })

/** Everything that a call gave to show: errors, events, the explanation. */
async function shown(
  responses: Responses,
  options = {},
): Promise<{ texts: unknown[]; made: World }> {
  const made = await world(responses, { ...options, timeoutMs: 400 })
  const texts: unknown[] = []
  const keep = (error: unknown): void => {
    texts.push(error)
  }
  const responder = await made.client.responder({ baseUrl: base }).catch(keep)
  if (responder !== undefined) {
    await responder.patients.read('1').then(() => undefined, keep)
    await responder.patients
      .search(person)
      .toArray({ max: 99 })
      .then(() => undefined, keep)
    texts.push(responder.explain(), responder.explain().toString(), responder)
  }
  texts.push(made.events, made.client)
  return { texts, made }
}

/** The assertions and their signatures are secrets, too. */
function assertions({ seen }: World): string[] {
  return seen.flatMap(({ body }) => {
    const assertion = new URLSearchParams(body).get('client_assertion')
    return assertion === null ? [] : [assertion, assertion.split('.')[2] ?? '']
  })
}

describe('B2: no secret and no patient value is shown where', () => {
  const html = (): Response => new Response(`<html>${echo}`, { status: 200 })
  const rows: readonly (readonly [string, Responses])[] = [
    ['all is well', { ...docs, patients: () => fhir(200, zebulon) }],
    ['metadata is HTML', { metadata: html, smart: html }],
    ['metadata is forbidden', { metadata: () => fhir(403, outcome('forbidden')) }],
    ['metadata is another resource', { metadata: () => fhir(200, zebulon) }],
    ['the network fails', { metadata: () => Promise.reject(new TypeError(echo)) }],
    [
      'the token is refused with an echo',
      { ...docs, token: ({ body }) => says({ error: 'invalid_client', error_description: body }) },
    ],
    [
      'the token is refused oddly',
      { ...docs, token: () => says({ error: 5, error_description: echo, error_uri: echo }) },
    ],
    ['the token answer is HTML', { ...docs, token: html }],
    [
      'the token is of another type',
      { ...docs, token: () => token('S3CRET-TOKEN', { token_type: echo }) },
    ],
    ['the token is unreadable', { ...docs, token: () => token(`S3CRET-TOKEN\n${echo}`) }],
    [
      'the scope is another one',
      { ...docs, token: () => token('S3CRET-TOKEN', { scope: 'other' }) },
    ],
    [
      'a header repeats what was sent',
      {
        ...docs,
        patients: ({ headers }) =>
          fhir(422, outcome('too-costly'), {
            'x-request-id': (headers.get('authorization') ?? '').slice(7),
            'www-authenticate': echo,
          }),
      },
    ],
    [
      'the assertion comes back as a request id',
      {
        ...docs,
        token: ({ body }) =>
          Response.json(
            { error: 'invalid_grant' },
            {
              status: 400,
              headers: {
                'x-request-id':
                  new URLSearchParams(body).get('client_assertion')?.split('.')[2]?.slice(0, 60) ??
                  '',
              },
            },
          ),
      },
    ],
    ...[400, 401, 403, 404, 406, 410, 412, 422, 429, 500, 501, 503].map(
      (status) =>
        [
          `the FHIR server answers ${status}`,
          { ...docs, patients: () => fhir(status, outcome('invalid'), { 'retry-after': '9' }) },
        ] as const,
    ),
    ['the answer is HTML', { ...docs, patients: html }],
    [
      'the answer is half',
      { ...docs, patients: () => new Response(JSON.stringify(zebulon).slice(1)) },
    ],
    ['the patient is another one', { ...docs, patients: () => fhir(200, { ...zebulon, id: '2' }) }],
    ['the FHIR network fails', { ...docs, patients: () => Promise.reject(new Error(echo)) }],
    ['no answer comes', { ...docs, patients: () => new Promise<Response>(() => undefined) }],
    [
      'a redirect repeats the query',
      {
        ...docs,
        patients: ({ url, body }) =>
          fhir(307, '', { location: `https://evil.example/?${url}${body}` }),
      },
    ],
    [
      'POST is refused',
      {
        ...docs,
        patients: ({ method }) =>
          method === 'POST' ? fhir(405, '') : fhir(400, outcome('invalid')),
      },
    ],
    [
      'next links leave',
      {
        ...docs,
        patients: () =>
          fhir(
            200,
            bundle([{ resource: zebulon }], { next: 'https://evil.example/?name=Zebulon-Marker' }),
          ),
      },
    ],
    [
      'next links hold user info',
      {
        ...docs,
        patients: () =>
          fhir(200, bundle([], { next: 'https://S3CRET-KEY:x@fhir.example.org/r4/Patient' })),
      },
    ],
  ]
  test.each(rows)('%s', async (_what, responses) => {
    const { texts, made } = await shown(responses)
    const planted = [...secrets, ...assertions(made)]
    expect(texts.map((one) => leaks(one, planted))).toEqual(texts.map(() => []))
    const errors = texts.filter((one) => one instanceof Error)
    expect(errors.every(isCarequalityError)).toBe(true)
  })
})

const oauth = 'https://fhir.example.org/oauth/token'

test('an explanation shows no query and no user info of what was published', async () => {
  const cases: readonly Responses[] = [
    { metadata: () => statement({ token: `${oauth}?key=S3CRET-KEY` }) },
    { metadata: () => statement({ token: 'https://S3CRET-KEY:x@fhir.example.org/token' }) },
    {
      ...docs,
      smart: () => smartConfiguration({ token_endpoint: `${oauth}2?key=S3CRET-KEY` }),
    },
  ]
  for (const responses of cases) {
    const { client } = await world(responses)
    const explanation = (await client.responder({ baseUrl: `${base}?key=S3CRET-KEY` })).explain()
    expect(shownText(explanation)).toContain('https://fhir.example.org')
    expect(leaks(explanation)).toEqual([])
    expect(leaks(explanation.toString())).toEqual([])
  }
})

test('an entry with secrets in its addresses is explained and refused without them', async () => {
  const read = (addresses: readonly string[]) => (): Promise<DirectoryEntry> => {
    const endpoints = addresses.flatMap((address) => entry('1.2.3', address).endpoints)
    return Promise.resolve({ ...entry('1.2.3'), endpoints })
  }
  const odd = [
    'https://S3CRET-KEY:x@fhir.example.org/r4',
    'https://10.0.0.1/?S3CRET-KEY',
    'S3CRET-KEY',
  ]
  const refused = await world({}, { directory: { read: read(odd) } })
  const error: unknown = await refused.client.organization('1.2.3').catch((e: unknown) => e)
  expect(error).toMatchObject({ code: 'ERR_CQ_NO_USABLE_ENDPOINT' })
  expect(shownText(error)).toContain('user info')
  expect(leaks(error)).toEqual([])

  const taken = await world(docs, { directory: { read: read([...odd, `${base}?key=S3CRET-KEY`]) } })
  const responder = await taken.client.organization('1.2.3')
  expect(leaks(responder.explain())).toEqual([])
  await responder.patients
    .search({ family: 'a' })
    .first()
    .catch(() => undefined)
  expect(taken.of('patients')[0]?.url).toContain('S3CRET-KEY')
})

test('A12, B1: the API key of the directory is shown by nothing that goes wrong there', async () => {
  const failing: readonly (() => Response | Promise<Response>)[] = [
    () => new Response('S3CRET-KEY', { status: 401 }),
    () => new Response('S3CRET-KEY', { status: 403 }),
    () => new Response('S3CRET-KEY', { status: 404 }),
    () => new Response('S3CRET-KEY', { status: 500 }),
    () => new Response('<a S3CRET-KEY', { headers: { 'content-type': 'application/xml' } }),
    () =>
      new Response(null, {
        status: 302,
        headers: { location: 'https://evil.example/?S3CRET-KEY' },
      }),
    () => Promise.reject(new TypeError('fetch failed for ?apikey=S3CRET-KEY')),
    () => new Promise(() => undefined),
  ]
  for (const answer of failing) {
    const events: unknown[] = []
    const { fetch, seen } = recording(answer)
    const client = new CarequalityClient({
      directory: { release: 'carequality-stu3', apiKey: 'S3CRET-KEY' },
      clientId: 'a',
      signer: await signer(),
      fetch,
      timeoutMs: 400,
      randomUUID: () => '00000000-0000-4000-8000-000000000000',
      onEvent: (event) => events.push(event),
    })
    const error: unknown = await client.organization('1.2.3').catch((e: unknown) => e)
    expect(isCarequalityError(error)).toBe(true)
    expect(seen[0]?.url).toContain('S3CRET-KEY')
    expect(leaks(error)).toEqual([])
    expect(leaks(events)).toEqual([])
    expect(leaks(client)).toEqual([])
    expect(seen.every(({ url }) => !url.includes('evil'))).toBe(true)
  }
})

test('an explanation says what was read, found and chosen, and why', async () => {
  const { client } = await world(docs, { directory: { read: (id) => Promise.resolve(entry(id)) } })
  const responder = await client.organization('1.2.3')
  const explanation = responder.explain()
  const text = explanation.toString()
  expect(text.split('\n')).toHaveLength(explanation.steps.length)
  for (const part of [
    'directory entry 1.2.3 read, because it is active',
    `${base} selected: FHIR REST, FHIR 4.0.1`,
    'CapabilityStatement: read',
    'smart-configuration: not published (404)',
    `token endpoint ${tokenEndpoint}, because`,
    'trusted https://fhir.example.org for https://fhir.example.org, because',
  ])
    expect(text).toContain(part)
  const unknown = { ...entry('1.2.3'), active: undefined }
  const other = await world(docs, { directory: { read: () => Promise.resolve(unknown) } })
  const found = await other.client.organization('1.2.3')
  expect(found.explain().toString()).toContain('does not say whether it is active')
})
