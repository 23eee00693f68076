import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test, onTestFinished } from 'vitest'
import type { Patient } from '../../../src/index.ts'
import {
  bundle,
  failure,
  fhir,
  inTurn,
  leaks,
  outcome,
  patient,
  secrets,
} from '../../support/fhir-answers.ts'
import { fhirWorld } from '../../support/fhir-world.ts'
import { holdTime, turns } from '../../support/time.ts'
import { kyTransport } from '../../../src/http/transport/ky-transport.ts'
import { FhirClient, type OperationOptions, type ResourceOf } from '../../../src/fhir/index.ts'
import { nodeTransport } from '../../../src/node/index.ts'

describe('match', () => {
  const GRADE = 'http://hl7.org/fhir/StructureDefinition/match-grade'

  /** Planted values: none of them may be shown. */
  const known: Partial<Patient> = {
    name: [{ family: 'Zebulon-Marker', given: ['Max'] }],
    birthDate: '1931-02-17',
    identifier: [{ system: 'urn:oid:1.2.3', value: 'MRN-777-MARKER' }],
  }

  /** A candidate with a score and a grade. */
  function candidate(id: string, score?: unknown, grade?: unknown): object {
    const extension = [
      { url: 'http://example.org/other', valueCode: 'certain' },
      { url: GRADE, valueCode: grade },
    ]
    return { resource: patient(id), search: { mode: 'match', score, extension } }
  }

  describe('the request', () => {
    test('is a POST of Parameters as FHIR has them', async () => {
      const { patients, seen, lines } = fhirWorld(() => fhir(200, bundle([])))
      await patients.match(known, { onlyCertainMatches: true, count: 3 })
      expect(lines()).toEqual(['POST /Patient/$match'])
      expect(seen[0]?.headers.get('content-type')).toBe('application/fhir+json')
      expect(seen[0]?.headers.get('accept')).toBe('application/fhir+json')
      expect(JSON.parse(seen[0]?.body ?? '')).toEqual({
        resourceType: 'Parameters',
        parameter: [
          { name: 'resource', resource: { ...known, resourceType: 'Patient' } },
          { name: 'onlyCertainMatches', valueBoolean: true },
          { name: 'count', valueInteger: 3 },
        ],
      })
    })

    test('holds only what was given', async () => {
      const { patients, seen } = fhirWorld(() => fhir(200, bundle([])))
      await patients.match({ resourceType: 'Patient', ...known })
      await patients.match(known, { onlyCertainMatches: false })
      const parameters = seen.map(
        ({ body }) => (JSON.parse(body) as { parameter: unknown[] }).parameter,
      )
      expect(parameters[0]).toEqual([
        { name: 'resource', resource: { resourceType: 'Patient', ...known } },
      ])
      expect(parameters[1]?.[1]).toEqual({ name: 'onlyCertainMatches', valueBoolean: false })
    })

    test('carries a Patient with meta, extensions and letters beyond ASCII as it is', async () => {
      const given: Patient = {
        resourceType: 'Patient',
        meta: {
          profile: ['http://hl7.org/fhir/us/identity-matching/StructureDefinition/IDI-Patient-L0'],
        },
        identifier: [{ system: 'http://hl7.org/fhir/sid/passport-AUS', value: '1234-234' }],
        name: [{ family: 'Müller-Łoś', given: ['Zoë'] }],
        _birthDate: { extension: [{ url: 'http://example.org/x', valueString: '?' }] },
      }
      const { patients, seen } = fhirWorld(() => fhir(200, bundle([])))
      await patients.match(given)
      expect(JSON.parse(seen[0]?.body ?? '')).toMatchObject({ parameter: [{ resource: given }] })
    })

    test.each([429, 500, 502, 503, 504])(
      'is repeated after %i, for it changes nothing',
      async (status) => {
        const { patients, seen } = fhirWorld(
          inTurn(
            () => fhir(status, ''),
            () => fhir(200, bundle([candidate('1', 1)])),
          ),
        )
        expect(await patients.match(known)).toHaveLength(1)
        expect(seen.map(({ body }) => body)).toEqual([seen[0]?.body, seen[0]?.body])
      },
    )

    test('is repeated after a broken connection, three times in all', async () => {
      const { patients, seen } = fhirWorld(() => {
        throw new TypeError('fetch failed')
      })
      expect((await failure(patients.match(known))).code).toBe('ERR_CQ_NETWORK')
      expect(seen).toHaveLength(3)
    })

    test('goes out once more with a new token after a 401, with the same body', async () => {
      let asked = 0
      const authorize = () => Promise.resolve(`token-${(asked += 1)}`)
      const { patients, seen } = fhirWorld(
        inTurn(
          () => fhir(401, ''),
          () => fhir(200, bundle([])),
        ),
        { authorize },
      )
      await patients.match(known)
      expect(seen.map(({ headers }) => headers.get('authorization'))).toEqual([
        'Bearer token-1',
        'Bearer token-2',
      ])
      expect(seen[1]?.body).toBe(seen[0]?.body)
    })

    test('that is too slow ends at its timeout', async () => {
      const { patients } = fhirWorld(() => new Promise(() => undefined))
      const error = await failure(patients.match(known, { timeoutMs: 30 }))
      expect(error).toMatchObject({ code: 'ERR_CQ_TIMEOUT', operation: 'patients.match' })
    })

    test('has one timeout for all of its pages', async () => {
      const time = holdTime()
      const { patients, seen } = fhirWorld(async (_, number) => {
        await time.pass(40)
        return fhir(200, bundle([candidate(`${number}`)], { next: `?page=${number + 1}` }))
      })
      const error = await failure(patients.match(known, { timeoutMs: 150 }))
      expect(error).toMatchObject({ code: 'ERR_CQ_TIMEOUT', operation: 'patients.match' })
      expect(error.message).toContain('150 ms')
      const asked = seen.length
      await time.pass(100)
      await turns()
      expect([asked < 6, seen.length]).toEqual([true, asked])
    })

    test('that the caller leaves ends with the caller’s own reason', async () => {
      const { patients } = fhirWorld(() => new Promise(() => undefined))
      const mine = { my: 'reason' }
      const leaving = new AbortController()
      const asked = patients.match(known, { signal: leaving.signal })
      leaving.abort(mine)
      await expect(asked).rejects.toBe(mine)
    })

    test.each<[string, unknown, object]>([
      ['patient', undefined, {}],
      ['patient', null, {}],
      ['patient', 'Peters', {}],
      ['patient', [], {}],
      ['patient', {}, {}],
      ['patient', { gender: 'male' }, {}],
      ['patient', { name: undefined }, {}],
      ['patient', { resourceType: 'Person', ...known }, {}],
      ['onlyCertainMatches', known, { onlyCertainMatches: 'yes' }],
      ['count', known, { count: 0 }],
      ['count', known, { count: 2.5 }],
      ['count', known, { count: '3' }],
      ['timeoutMs', known, { timeoutMs: -1 }],
      ['signal', known, { signal: {} }],
      ['validate', known, { validate: () => true }],
      ['options', known, [] as object],
    ])('with a wrong %s is a TypeError, unsent', async (option, wrong, options) => {
      const { patients, seen } = fhirWorld(() => fhir(200, bundle([])))
      const asked = patients.match(wrong as Partial<Patient>, options)
      const error: unknown = await asked.catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(TypeError)
      expect(String(error)).toContain(`"${option}"`)
      expect(leaks(error)).toEqual([])
      expect(seen).toEqual([])
    })
  })

  describe('the candidates', () => {
    test('come with the server’s score and grade, in its order', async () => {
      const entries = [
        candidate('1', 1, 'certain'),
        candidate('2', 0.5, 'probable'),
        candidate('3', 0, 'certainly-not'),
        { resource: patient('4') },
      ]
      const { patients } = fhirWorld(() => fhir(200, bundle(entries)))
      expect(await patients.match(known)).toEqual([
        { resource: patient('1'), score: 1, grade: 'certain' },
        { resource: patient('2'), score: 0.5, grade: 'probable' },
        { resource: patient('3'), score: 0, grade: 'certainly-not' },
        { resource: patient('4') },
      ])
    })

    test.each<[unknown, unknown]>([
      ['0.9', 'sure'],
      [1.2, 5],
      [-0.1, null],
      [Number.NaN, { code: 'certain' }],
      [undefined, 'toString'],
    ])('with the score %j and the grade %j have neither', async (score, grade) => {
      const { patients } = fhirWorld(() => fhir(200, bundle([candidate('1', score, grade)])))
      expect(await patients.match(known)).toEqual([{ resource: patient('1') }])
    })

    test('that are several although only certain ones were asked for are given, and told of', async () => {
      const answers = () => fhir(200, bundle([candidate('1', 1, 'certain'), candidate('2', 0.9)]))
      const { patients, events } = fhirWorld(answers)
      expect(await patients.match(known, { onlyCertainMatches: true })).toHaveLength(2)
      expect(events).toMatchObject([{ type: 'match.not-certain', count: 2 }])
      await patients.match(known)
      expect(events).toHaveLength(1)
      expect(leaks(events)).toEqual([])
    })

    test('do not hold what the server remarks, which an event tells by its codes', async () => {
      const entries = [
        { resource: outcome('multiple-matches', 'warning'), search: { mode: 'outcome' } },
        candidate('1', 1),
        { resource: { resourceType: 'Organization', id: 'o' }, search: { mode: 'include' } },
      ]
      const { patients, events } = fhirWorld(() => fhir(200, bundle(entries)))
      expect((await patients.match(known)).map(({ resource }) => resource.id)).toEqual(['1'])
      expect(events).toMatchObject([
        { type: 'search.outcome', issueCodes: ['multiple-matches'] },
        { type: 'search.odd-entries', count: 1 },
      ])
      expect(leaks(events)).toEqual([])
    })

    test('are none where the server knows nobody', async () => {
      const { patients } = fhirWorld(() => fhir(200, { resourceType: 'Bundle', type: 'searchset' }))
      expect(await patients.match(known)).toEqual([])
    })

    test('of further pages are there too, each once', async () => {
      const { patients, lines } = fhirWorld(
        inTurn(
          () => fhir(200, bundle([candidate('1', 1), candidate('2', 0.9)], { next: '?page=2' })),
          () => fhir(200, bundle([candidate('2', 0.9), candidate('3', 0.8)])),
        ),
      )
      const found = await patients.match(known)
      expect(found.map(({ resource }) => resource.id)).toEqual(['1', '2', '3'])
      expect(lines()[1]).toMatch(/^GET .*\?page=2$/)
    })

    test('are not given where a further page fails: a part is no answer', async () => {
      const { patients } = fhirWorld(
        inTurn(
          () => fhir(200, bundle([candidate('1', 1)], { next: 'https://evil.example/?page=2' })),
          () => fhir(200, bundle([])),
        ),
      )
      const error = await failure(patients.match(known))
      expect(error).toMatchObject({ code: 'ERR_CQ_NEXT_LINK_REFUSED', received: 1, pages: 1 })
    })

    test('without an id are an error', async () => {
      const { patients } = fhirWorld(() =>
        fhir(200, bundle([{ resource: { resourceType: 'Patient' } }])),
      )
      expect((await failure(patients.match(known))).code).toBe('ERR_CQ_INVALID_RESPONSE')
    })

    test('are held against the caller’s own schema', async () => {
      const issues = [{ path: ['birthDate'] }]
      const schema = {
        '~standard': { version: 1, vendor: 'test', validate: () => ({ issues }) },
      } as const
      const { patients } = fhirWorld(() => fhir(200, bundle([candidate('1', 1)])))
      const error = await failure(patients.match(known, { validate: schema }))
      expect(error).toMatchObject({
        code: 'ERR_CQ_INVALID_RESPONSE',
        issues: ['entry.resource.birthDate'],
      })
    })
  })

  describe('what the server answers otherwise', () => {
    test.each([
      [404, 'not-found', 'ERR_CQ_OPERATION_NOT_SUPPORTED'],
      [405, 'processing', 'ERR_CQ_OPERATION_NOT_SUPPORTED'],
      [501, 'processing', 'ERR_CQ_OPERATION_NOT_SUPPORTED'],
      [400, 'not-supported', 'ERR_CQ_OPERATION_NOT_SUPPORTED'],
      [403, 'not-supported', 'ERR_CQ_OPERATION_NOT_SUPPORTED'],
      [403, 'forbidden', 'ERR_CQ_FORBIDDEN'],
      [400, 'invalid', 'ERR_CQ_OPERATION_FAILED'],
      [422, 'required', 'ERR_CQ_OPERATION_FAILED'],
      [422, 'too-costly', 'ERR_CQ_TOO_MANY_RESULTS'],
    ])('%i with %s is %s, after one request', async (status, issue, code) => {
      const { patients, seen, events } = fhirWorld(() => fhir(status, outcome(issue)))
      const error = await failure(patients.match(known))
      expect(error).toMatchObject({ code, status, operation: 'patients.match' })
      expect(error.pathTemplate).toBe('/Patient/$match')
      expect(seen).toHaveLength(1)
      expect([leaks(error), leaks(events)]).toEqual([[], []])
    })

    test('an OperationOutcome with 200 is an error', async () => {
      const { patients } = fhirWorld(() => fhir(200, outcome('multiple-matches')))
      const error = await failure(patients.match(known))
      expect(error).toMatchObject({
        code: 'ERR_CQ_OPERATION_FAILED',
        issueCodes: ['multiple-matches'],
      })
      expect(leaks(error)).toEqual([])
    })

    test('a Patient in place of a Bundle is an error', async () => {
      const { patients } = fhirWorld(() => fhir(200, patient('1')))
      expect((await failure(patients.match(known))).code).toBe('ERR_CQ_UNEXPECTED_RESOURCE')
    })
  })
})

describe('operations', () => {
  const body: ResourceOf<'Parameters'> = {
    resourceType: 'Parameters',
    parameter: [{ name: 'family', valueString: 'Zebulon-Marker' }],
  }
  const good = () => fhir(200, { resourceType: 'Parameters' })

  describe('the request', () => {
    test.each<[string, string, OperationOptions<'Parameters'>]>([
      ['GET /$versions', '$versions', {}],
      ['GET /$versions', 'versions', {}],
      [
        'GET /Observation/$lastn?patient=1&max=3',
        'lastn',
        { type: 'Observation', query: { patient: '1', max: 3 } },
      ],
      [
        'GET /Patient/1/$everything?start=2020&_count=5',
        '$everything',
        { type: 'Patient', id: '1', query: { start: '2020', _count: 5 } },
      ],
      ['POST /Patient/$match', '$match', { type: 'Patient', body }],
      ['POST /Patient/1/$x?mode=a', 'x', { type: 'Patient', id: '1', body, query: { mode: 'a' } }],
      ['POST /$x', 'x', { method: 'POST' }],
    ])('%s', async (line, name, options) => {
      const { fhir: client, lines, seen } = fhirWorld(good)
      expect(await client.operation(name, options)).toEqual({ resourceType: 'Parameters' })
      expect(lines()).toEqual([line])
      const [{ headers, body: sent } = { headers: new Headers(), body: '' }] = seen
      expect(headers.get('accept')).toBe('application/fhir+json')
      expect(headers.get('content-type')).toBe(
        line.startsWith('GET') ? null : 'application/fhir+json',
      )
      if (line.startsWith('GET')) expect(sent).toBe('')
      else expect(JSON.parse(sent)).toEqual(options.body ?? { resourceType: 'Parameters' })
    })

    test.each<[string, unknown, object]>([
      ['name', '', {}],
      ['name', '$', {}],
      ['name', '../x', {}],
      ['name', '$x?a=b', {}],
      ['name', 7, {}],
      ['type', 'x', { type: 'patient' }],
      ['type', 'x', { type: 'Patient/1' }],
      ['type', 'x', { id: '1' }],
      ['id', 'x', { type: 'Patient', id: '..' }],
      ['id', 'x', { type: 'Patient', id: '' }],
      ['body', 'x', { body: 'text' }],
      ['body', 'x', { body: { family: 'Zebulon-Marker' } }],
      ['body', 'x', { body, method: 'GET' }],
      ['method', 'x', { method: 'DELETE' }],
      ['safe', 'x', { safe: 'yes' }],
      ['returns', 'x', { returns: 'parameters' }],
      ['parameters', 'x', { query: 'a=b' }],
      ['access_token', 'x', { query: { access_token: 'S3CRET-TOKEN' } }],
      ['signal', 'x', { signal: {} }],
      ['timeoutMs', 'x', { timeoutMs: 0 }],
      ['onResponse', 'x', { onResponse: true }],
      ['options', 'x', [] as object],
    ])('with a wrong %s is a TypeError, unsent', async (option, name, wrong) => {
      const { fhir: client, seen } = fhirWorld(good)
      const asked = client.operation(name as string, wrong)
      const error: unknown = await asked.catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(TypeError)
      expect(String(error)).toContain(`"${option}"`)
      expect([leaks(error), seen]).toEqual([[], []])
    })
  })

  describe('the answer', () => {
    test('204 returns undefined', async () => {
      const { fhir: client } = fhirWorld(() => fhir(204, ''))
      expect(await client.operation('x', { body, returns: 'Parameters' })).toBeUndefined()
    })

    test.each([200, 201])('%i gives the resource as it came', async (status) => {
      const { fhir: client } = fhirWorld(() => fhir(status, bundle(['1'])))
      const found = await client.operation('x', { returns: 'Bundle' })
      expect(found?.entry).toHaveLength(1)
    })

    test('of another type than "returns" is an error', async () => {
      const { fhir: client } = fhirWorld(() => fhir(200, patient('1')))
      const error = await failure(client.operation('x', { returns: 'Bundle' }))
      expect(error.code).toBe('ERR_CQ_UNEXPECTED_RESOURCE')
      expect(error.message).toContain('Bundle')
    })

    test('that is an OperationOutcome with an error is an error, also with 200', async () => {
      for (const options of [{}, { returns: 'Bundle' as const }]) {
        const { fhir: client } = fhirWorld(() => fhir(200, outcome('processing')))
        const error = await failure(client.operation('x', options))
        expect(error).toMatchObject({ code: 'ERR_CQ_OPERATION_FAILED', issueCodes: ['processing'] })
        expect(leaks(error)).toEqual([])
      }
    })

    test('is that OperationOutcome where it was asked for, as of $validate', async () => {
      const { fhir: client } = fhirWorld(() => fhir(200, outcome('invalid')))
      const found = await client.operation('validate', { body, returns: 'OperationOutcome' })
      expect(found?.issue[0]?.code).toBe('invalid')
    })

    test('that is an OperationOutcome without an error is given', async () => {
      const { fhir: client } = fhirWorld(() => fhir(200, outcome('informational', 'information')))
      expect((await client.operation('x'))?.resourceType).toBe('OperationOutcome')
    })

    test('goes past the caller’s own schema, and its text can be seen', async () => {
      const texts: string[] = []
      const validate = () => ({ issues: [{ path: ['parameter', 0] }] })
      const { fhir: client } = fhirWorld(good)
      const error = await failure(
        client.operation('x', {
          validate: { '~standard': { version: 1, vendor: 'test', validate } },
          onResponse: ({ text }) => texts.push(text),
        }),
      )
      expect(error).toMatchObject({ code: 'ERR_CQ_INVALID_RESPONSE', issues: ['parameter.0'] })
      expect(texts).toEqual(['{"resourceType":"Parameters"}'])
    })

    test.each<[number, string, string, OperationOptions<'Parameters'>, string]>([
      [404, 'not-found', 'ERR_CQ_OPERATION_NOT_SUPPORTED', {}, '/$x'],
      [404, 'not-found', 'ERR_CQ_OPERATION_NOT_SUPPORTED', { type: 'Patient' }, '/Patient/$x'],
      [405, 'processing', 'ERR_CQ_OPERATION_NOT_SUPPORTED', { body }, '/$x'],
      [
        501,
        'processing',
        'ERR_CQ_OPERATION_NOT_SUPPORTED',
        { type: 'Patient', id: '77' },
        '/Patient/:id/$x',
      ],
      [400, 'not-supported', 'ERR_CQ_OPERATION_NOT_SUPPORTED', { body }, '/$x'],
      [
        400,
        'invalid',
        'ERR_CQ_OPERATION_FAILED',
        { type: 'Patient', id: '77', body },
        '/Patient/:id/$x',
      ],
      [403, 'forbidden', 'ERR_CQ_FORBIDDEN', {}, '/$x'],
      [410, 'deleted', 'ERR_CQ_GONE', { type: 'Patient', id: '77' }, '/Patient/:id/$x'],
    ])('%i with %s is %s', async (status, issue, code, options, pathTemplate) => {
      const { fhir: client, seen, events } = fhirWorld(() => fhir(status, outcome(issue)))
      const error = await failure(client.operation('x', options))
      expect(error).toMatchObject({ code, status, operation: 'fhir.operation', pathTemplate })
      expect(seen).toHaveLength(1)
      expect([leaks(error, [...secrets, 'Patient/77']), leaks(events)]).toEqual([[], []])
    })

    test('404 of one resource is asked about: the resource, or the operation', async () => {
      for (const [status, code] of [
        [404, 'ERR_CQ_NOT_FOUND'],
        [410, 'ERR_CQ_GONE'],
        [200, 'ERR_CQ_OPERATION_NOT_SUPPORTED'],
        [403, 'ERR_CQ_OPERATION_NOT_SUPPORTED'],
      ] as const) {
        const { fhir: client, lines } = fhirWorld(
          inTurn(
            () => fhir(404, ''),
            () => fhir(status, patient('1')),
          ),
        )
        const error = await failure(client.operation('x', { type: 'Patient', id: '1', body }))
        expect(error.code).toBe(code)
        expect(lines()).toEqual(['POST /Patient/1/$x', 'GET /Patient/1'])
      }
    })
  })

  describe('repeating', () => {
    test.each<[string, OperationOptions<'Parameters'>, number]>([
      ['a GET', {}, 3],
      ['a GET that is not safe', { safe: false }, 1],
      ['a POST', { body }, 1],
      ['a POST without a body', { method: 'POST' }, 1],
      ['a POST that is safe', { body, safe: true }, 3],
    ])('%s goes out as often as it may', async (_, options, times) => {
      const { fhir: client, seen } = fhirWorld(() => fhir(503, ''))
      expect(await failure(client.operation('x', options))).toMatchObject({ status: 503 })
      expect(seen).toHaveLength(times)
    })

    test('a POST that is not safe is renewed after a 401: it was not run', async () => {
      let asked = 0
      const authorize = () => Promise.resolve(`token-${(asked += 1)}`)
      const answers = inTurn(() => fhir(401, ''), good)
      const { fhir: client, seen } = fhirWorld(answers, { authorize })
      await client.operation('x', { body })
      expect(seen.map(({ headers }) => headers.get('authorization'))).toEqual([
        'Bearer token-1',
        'Bearer token-2',
      ])
    })

    for (const [over, transport] of [
      ['fetch', () => kyTransport()],
      ['nodeTransport', () => nodeTransport()],
    ] as const) {
      test(`a POST that is not safe is sent once over ${over}, also where a kept-alive connection breaks`, async () => {
        let posts = 0
        const server = createServer((request, response) => {
          request.resume().on('end', () => {
            if (request.method === 'POST') {
              posts += 1
              request.socket.destroy()
              return
            }
            response.writeHead(200, { 'content-type': 'application/fhir+json' })
            response.end('{"resourceType":"Parameters"}')
          })
        })
        await new Promise<void>((resolve) => {
          server.listen(0, '127.0.0.1', resolve)
        })
        const { port } = server.address() as AddressInfo
        const client = new FhirClient({
          baseUrl: `http://127.0.0.1:${port}/fhir`,
          allowInsecureLoopback: true,
          transport: transport(),
        })
        onTestFinished(() => {
          server.closeAllConnections()
          server.close()
        })
        await client.operation('warm')
        const error = await failure(client.operation('x', { body }))
        expect(error).toMatchObject({ code: 'ERR_CQ_NETWORK', retryable: true })
        expect(posts).toBe(1)
        expect((await failure(client.operation('x', { body, safe: true }))).code).toBe(error.code)
        expect(posts).toBe(4)
      })
    }

    test('the caller’s abort and timeout end it', async () => {
      const { fhir: client } = fhirWorld(() => new Promise(() => undefined))
      const leaving = new AbortController()
      const asked = client.operation('x', { signal: leaving.signal })
      leaving.abort('mine')
      await expect(asked).rejects.toBe('mine')
      const error = await failure(client.operation('x', { timeoutMs: 20 }))
      expect(error).toMatchObject({ code: 'ERR_CQ_TIMEOUT', operation: 'fhir.operation' })
    })
  })
})
