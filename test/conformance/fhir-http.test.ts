/** FHIR R4, RESTful API and search, over real sockets: each test names the clause that it holds. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { FhirPatientClient } from '../../src/index.ts'
import type { FhirPatientClientOptions } from '../../src/fhir/index.ts'
import { FhirClient } from '../../src/fhir/index.ts'
import { bundle, failure, outcome, patient, walked } from '../support/fhir-answers.ts'
import { deletion, history, version } from '../support/fhir-world.ts'
import { turns } from '../support/time.ts'

interface Heard {
  readonly line: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

let heard: Heard[] = []
let answer: (heard: Heard, response: ServerResponse) => void
let base: string
const server = createServer((request, response) => {
  const parts: Buffer[] = []
  request.on('data', (part: Buffer) => parts.push(part))
  request.on('end', () => {
    const line = `${request.method ?? ''} ${request.url ?? ''}`
    const one = { line, headers: request.headers, body: Buffer.concat(parts).toString() }
    heard.push(one)
    answer(one, response)
  })
})
beforeAll(async () => {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/fhir`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})
beforeEach(() => {
  heard = []
})

function client(options: Partial<FhirPatientClientOptions> = {}): FhirPatientClient {
  const authorize = () => Promise.resolve('opaque-token')
  return new FhirPatientClient({
    baseUrl: base,
    allowInsecureLoopback: true,
    authorize,
    ...options,
  })
}

function give(status: number, body: unknown, type = 'application/fhir+json'): void {
  answer = (_heard, response) => {
    response.writeHead(status, { 'content-type': type })
    response.end(body === '' ? undefined : JSON.stringify(body))
  }
}

describe('https://hl7.org/fhir/R4/http.html', () => {
  test('#read: GET [base]/[type]/[id], without a body', async () => {
    give(200, patient('example'))
    expect((await client().read('example')).id).toBe('example')
    expect(heard).toMatchObject([{ line: 'GET /fhir/Patient/example', body: '' }])
    expect(heard[0]?.headers['content-length']).toBeUndefined()
  })

  test('#mime-type: JSON is asked for as application/fhir+json, and Accept holds nothing else', async () => {
    give(200, patient('1'))
    await client().read('1')
    expect(heard[0]?.headers.accept).toBe('application/fhir+json')
  })

  test.each([
    'application/fhir+json',
    'application/fhir+json;charset=UTF-8;fhirVersion=4.0',
    'Application/FHIR+JSON',
    'application/json',
    'application/json+fhir',
  ])('#mime-type: an answer typed %s is read', async (type) => {
    give(200, patient('1'), type)
    expect((await client().read('1')).id).toBe('1')
  })

  test('#general: the service base URL may end in a slash, and case matters', async () => {
    give(200, patient('Ab-1.2'))
    await client({ baseUrl: `${base}/` }).read('Ab-1.2')
    expect(heard[0]?.line).toBe('GET /fhir/Patient/Ab-1.2')
  })

  test.each([
    [404, 'ERR_CQ_NOT_FOUND'],
    [410, 'ERR_CQ_GONE'],
  ])('#read: %i says that there is none, or no longer', async (status, code) => {
    give(status, outcome('not-found'))
    expect((await failure(client().read('1'))).code).toBe(code)
    expect(await client().find('1')).toBeUndefined()
  })

  test('#search: POST [base]/[type]/_search with a form', async () => {
    give(200, bundle(['1']))
    await client().search({ family: 'Müller & Söhne' }).first()
    expect(heard).toMatchObject([
      { line: 'POST /fhir/Patient/_search', body: 'family=M%C3%BCller+%26+S%C3%B6hne' },
    ])
    expect(heard[0]?.headers).toMatchObject({
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': String(heard[0]?.body.length),
      authorization: 'Bearer opaque-token',
    })
  })

  test('#search: GET [base]/[type]?[parameters] means the same', async () => {
    give(200, bundle(['1']))
    await client({ searchMethod: 'get' }).search({ family: 'Müller & Söhne' }).first()
    expect(heard[0]?.line).toBe('GET /fhir/Patient?family=M%C3%BCller+%26+S%C3%B6hne')
  })

  test('#paging: pages are followed by their opaque links until there is none', async () => {
    answer = ({ line }, response) => {
      const number = Number(/[?&]p=(\d)/.exec(line)?.[1] ?? 1)
      const next = number < 3 ? { next: `${base}?p=${number + 1}&_getpages=x%2Fy` } : {}
      response.writeHead(200, { 'content-type': 'application/fhir+json' })
      response.end(JSON.stringify(bundle([`${number}`], next)))
    }
    const { ids, error } = await walked(client().search({ family: 'a' }))
    expect([ids, error]).toEqual([['1', '2', '3'], undefined])
    expect(heard.map(({ line }) => line)).toEqual([
      'POST /fhir/Patient/_search',
      'GET /fhir?p=2&_getpages=x%2Fy',
      'GET /fhir?p=3&_getpages=x%2Fy',
    ])
  })

  test('#search: an empty result has no entries', async () => {
    give(200, { resourceType: 'Bundle', type: 'searchset', total: 0 })
    const found = await client().search({ family: 'a' }).toArray({ max: 5 })
    expect(found).toEqual({ resources: [], complete: true })
  })

  test('#operationoutcome: an error with a body is told by its issue codes', async () => {
    give(400, outcome('invalid'))
    expect(await failure(client().read('1'))).toMatchObject({
      code: 'ERR_CQ_OPERATION_FAILED',
      issueCodes: ['invalid'],
    })
  })
})

describe('https://hl7.org/fhir/R4/http.html, versions', () => {
  test('#vread: GET [base]/[type]/[id]/_history/[vid]', async () => {
    give(200, patient('1', { meta: { versionId: '2' } }))
    expect((await client().vread('1', '2')).meta?.versionId).toBe('2')
    expect(heard).toMatchObject([{ line: 'GET /fhir/Patient/1/_history/2', body: '' }])
  })

  test('#vread: 404 for a version that is not known, 410 for the one that is a deletion', async () => {
    for (const [status, code] of [
      [404, 'ERR_CQ_NOT_FOUND'],
      [410, 'ERR_CQ_GONE'],
    ] as const) {
      give(status, outcome('not-found'))
      expect((await failure(client().vread('1', '9'))).code).toBe(code)
    }
  })

  test('#history: GET [base]/[type]/[id]/_history{?[parameters]}', async () => {
    give(200, history([version('1', '1')]))
    await client().history('1', { _since: '2024-05-01T00:00:00+02:00', _count: 5 }).first()
    expect(heard[0]?.line).toBe(
      'GET /fhir/Patient/1/_history?_since=2024-05-01T00%3A00%3A00%2B02%3A00&_count=5',
    )
  })

  test('#history: a deletion is an entry with a request and without a resource', async () => {
    give(200, history([deletion('1', '2'), version('1', '1')]))
    const { resources } = await client().history('1').toArray({ max: 9 })
    expect(resources.map(({ versionId, deleted }) => [versionId, deleted])).toEqual([
      ['2', true],
      ['1', false],
    ])
    expect(resources[0]?.resource).toBeUndefined()
  })

  test('#history: the server may page it, and the links are followed', async () => {
    answer = ({ line }, response) => {
      const next = line.includes('?') ? undefined : `${base}/Patient/1/_history?p=2`
      response.writeHead(200, { 'content-type': 'application/fhir+json' })
      response.end(JSON.stringify(history([version('1', next === undefined ? '1' : '2')], next)))
    }
    const { resources } = await client().history('1').toArray({ max: 9 })
    expect(resources.map(({ versionId }) => versionId)).toEqual(['2', '1'])
  })

  test('#cread: If-None-Match with the ETag that was given, and 304 gives what is held', async () => {
    answer = ({ headers }, response) => {
      const known = headers['if-none-match'] === 'W/"3"'
      response.writeHead(known ? 304 : 200, {
        'content-type': 'application/fhir+json',
        etag: 'W/"3"',
      })
      response.end(known ? undefined : JSON.stringify(patient('1', { active: true })))
    }
    const one = client({ validatorCache: { maxEntries: 5 } })
    expect((await one.read('1')).active).toBe(true)
    expect((await one.read('1')).active).toBe(true)
    expect(heard.map(({ headers }) => headers['if-none-match'])).toEqual([undefined, 'W/"3"'])
  })

  test('#cread: without a cache nothing is conditional', async () => {
    give(200, patient('1'))
    await client().read('1')
    await client().read('1')
    expect(heard.map(({ headers }) => headers['if-none-match'])).toEqual([undefined, undefined])
  })
})

describe('https://hl7.org/fhir/R4/operations.html', () => {
  const other = () =>
    new FhirClient({
      baseUrl: base,
      allowInsecureLoopback: true,
      authorize: () => Promise.resolve('opaque-token'),
    })
  const parameters = { resourceType: 'Parameters' } as const

  test.each([
    ['of the server', {}, 'GET /fhir/$meta'],
    ['of a type', { type: 'Patient' as const }, 'GET /fhir/Patient/$meta'],
    ['of a resource', { type: 'Patient' as const, id: '1' }, 'GET /fhir/Patient/1/$meta'],
  ])('#executing: %s', async (_, at, line) => {
    give(200, parameters)
    expect(await other().operation('$meta', at)).toEqual(parameters)
    expect(heard).toMatchObject([{ line, body: '' }])
  })

  test('#request: POST with a Parameters resource as FHIR JSON, length and token included', async () => {
    give(200, parameters)
    const body = { ...parameters, parameter: [{ name: 'x', valueString: 'Müller' }] }
    await other().operation('$convert', { body })
    expect(heard[0]).toMatchObject({
      line: 'POST /fhir/$convert',
      headers: {
        'content-type': 'application/fhir+json',
        'content-length': String(Buffer.byteLength(JSON.stringify(body))),
        authorization: 'Bearer opaque-token',
      },
    })
    expect(JSON.parse(heard[0]?.body ?? '')).toEqual(body)
  })

  test('#response: one resource is given as itself, and 204 as nothing', async () => {
    give(200, bundle(['1']))
    expect((await other().operation('x', { returns: 'Bundle' }))?.entry).toHaveLength(1)
    answer = (_heard, response) => response.writeHead(204).end()
    expect(await other().operation('x')).toBeUndefined()
  })
})

test('https://hl7.org/fhir/R4/patient-operation-match.html: in parameters, a searchset with score and grade', async () => {
  const url = 'http://hl7.org/fhir/StructureDefinition/match-grade'
  const search = { mode: 'match', score: 0.9, extension: [{ url, valueCode: 'probable' }] }
  give(200, bundle([{ resource: patient('1'), search }]))
  const asked = { name: [{ family: 'Peters' }] }
  const found = await client().match(asked, { onlyCertainMatches: true, count: 2 })
  expect(found).toEqual([{ resource: patient('1'), score: 0.9, grade: 'probable' }])
  expect(heard[0]?.line).toBe('POST /fhir/Patient/$match')
  expect(JSON.parse(heard[0]?.body ?? '')).toEqual({
    resourceType: 'Parameters',
    parameter: [
      { name: 'resource', resource: { ...asked, resourceType: 'Patient' } },
      { name: 'onlyCertainMatches', valueBoolean: true },
      { name: 'count', valueInteger: 2 },
    ],
  })
})

test('https://hl7.org/fhir/R4/patient-operation-everything.html: GET [base]/Patient/[id]/$everything', async () => {
  give(200, bundle([{ resource: patient('1') }, { resource: { resourceType: 'Basic', id: '1' } }]))
  const asked = client().everything('1', { start: '2020', _type: ['Basic', 'Patient'] })
  expect((await walked(asked)).ids).toEqual(['1', '1'])
  expect(heard[0]?.line).toBe('GET /fhir/Patient/1/$everything?start=2020&_type=Basic%2CPatient')
})

describe('https://hl7.org/fhir/R4/search.html', () => {
  test('#escaping: the separators of FHIR stand for themselves', async () => {
    give(200, bundle([]))
    await client().search({ name: 'a,b|c$d\\e' }).first()
    expect(new URLSearchParams(heard[0]?.body).get('name')).toBe('a\\,b\\|c\\$d\\\\e')
  })

  test('#token: an identifier is system|value', async () => {
    give(200, bundle([]))
    await client()
      .search({ identifier: { system: 'urn:oid:1.2', value: '7' } })
      .first()
    expect(new URLSearchParams(heard[0]?.body).get('identifier')).toBe('urn:oid:1.2|7')
  })

  test('#SearchResult: outcome and include entries are no hits', async () => {
    const entries = [
      { resource: outcome('informational', 'information'), search: { mode: 'outcome' } },
      { resource: patient('1'), search: { mode: 'match' } },
      { resource: patient('2'), search: { mode: 'include' } },
    ]
    give(200, bundle(entries))
    expect((await walked(client().search({ family: 'a' }))).ids).toEqual(['1'])
  })

  test('#errors: parameters that the self link leaves out are named', async () => {
    give(200, bundle([], { self: `${base}/Patient?family=a` }))
    for await (const page of client().search({ family: 'a', given: 'b' }).pages())
      expect(page.ignoredParameters).toEqual(['given'])
  })
})

test('https://www.rfc-editor.org/rfc/rfc9110#name-421: a form is sent once, whatever fetch does', async () => {
  give(421, '')
  const error = await failure(client().search({ family: 'a' }).first())
  expect(error.status).toBe(421)
  expect(heard).toHaveLength(1)
})

test('an answer that breaks off is no answer', async () => {
  answer = (_heard, response) => {
    response.writeHead(200, { 'content-type': 'application/fhir+json', 'content-length': '500' })
    response.write('{"resourceType":"Patient","id":"1"}')
    void turns().then(() => response.destroy())
  }
  const error = await failure(client().read('1'))
  expect(error).toMatchObject({ code: 'ERR_CQ_INCOMPLETE_BODY', retryable: true })
  expect(heard).toHaveLength(3)
})
