/** FHIR R4, RESTful API and search, over real sockets: each test names the clause that it holds. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { FhirPatientClient, type FhirPatientClientOptions } from '../../src/index.ts'
import { bundle, failure, outcome, patient, walked } from '../support/fhir-answers.ts'

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
    setTimeout(() => response.destroy(), 10)
  }
  const error = await failure(client().read('1'))
  expect(error).toMatchObject({ code: 'ERR_CQ_INCOMPLETE_BODY', retryable: true })
  expect(heard).toHaveLength(3)
})
