import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { kyTransport } from '../../../src/http/transport/ky-transport.ts'
import { FhirClient, type OperationOptions, type ResourceOf } from '../../../src/fhir/index.ts'
import { nodeTransport } from '../../../src/node/index.ts'
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
