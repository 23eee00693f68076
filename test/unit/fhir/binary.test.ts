import { describe, expect, test } from 'vitest'
import type { BinaryContent } from '../../../src/fhir/index.ts'
import { base, failure, fhir, inTurn, leaks, outcome } from '../../support/fhir-answers.ts'
import { fhirWorld } from '../../support/fhir-world.ts'

const pdf = (status = 200, headers: Readonly<Record<string, string>> = {}): Response =>
  new Response('%PDF-1.7', { status, headers: { 'content-type': 'application/pdf', ...headers } })

async function textOf({ body }: BinaryContent): Promise<string> {
  let text = ''
  for await (const piece of body) text += new TextDecoder().decode(piece)
  return text
}

describe('the request', () => {
  test('asks for any type, or for the attachment’s, and carries the token', async () => {
    const authorize = () => Promise.resolve('opaque')
    const { fhir: client, seen } = fhirWorld(() => pdf(), { authorize })
    const content = await client.binary(`${base}/Binary/1`)
    expect(content.contentType).toBe('application/pdf')
    expect(await textOf(content)).toBe('%PDF-1.7')
    await textOf(await client.binary(`${base}/Binary/1`, { contentType: 'application/pdf' }))
    expect(seen.map(({ headers }) => headers.get('accept'))).toEqual(['*/*', 'application/pdf'])
    expect(seen.map(({ headers }) => headers.get('authorization'))).toEqual([
      'Bearer opaque',
      'Bearer opaque',
    ])
  })

  test.each([
    [`${base}/Binary/1`, `${base}/Binary/1`],
    ['Binary/1', `${base}/Binary/1`],
    ['/r4/Binary/1', `${base}/Binary/1`],
    ['Binary/1?x=y', `${base}/Binary/1?x=y`],
    ['Binary/1/_history/2', `${base}/Binary/1/_history/2`],
    ['HTTPS://FHIR.example.org:443/r4/files/a.pdf', `${base}/files/a.pdf`],
    ['x/../Binary/1', `${base}/Binary/1`],
    [' Binary/1 ', `${base}/Binary/1`],
  ])('for %s goes to %s', async (url, asked) => {
    const { fhir: client, seen } = fhirWorld(() => pdf())
    await textOf(await client.binary(url))
    expect(seen.map((one) => one.url)).toEqual([asked])
  })

  test.each([
    'https://evil.example/r4/Binary/1',
    'https://fhir.example.org.evil.example/r4/Binary/1',
    'https://fhir.example.org:8443/r4/Binary/1',
    'http://fhir.example.org/r4/Binary/1',
    'https://user@fhir.example.org/r4/Binary/1',
    '//evil.example/r4/Binary/1',
    '\\\\evil.example/r4/Binary/1',
    'https://fhir.example.org/r5/Binary/1',
    'https://fhir.example.org/r4evil/Binary/1',
    'https://fhir.example.org/R5/Binary/1',
    '/other-hospital/Binary/1',
    '../other-hospital/Binary/1',
    'Binary/../../other-hospital/Binary/1',
    '%2e%2e/other-hospital/Binary/1',
    'Binary/..%2f..%2fother-hospital/1',
    'Binary/..;/..;/other-hospital',
    'Bin\nary/1',
    'data:application/pdf;base64,JVBERg==',
    'urn:uuid:c757873d-ec9a-4326-a141-556f43239520',
    'file:///etc/passwd',
    '   ',
  ])('for %j is refused before anything is asked, the token too', async (url) => {
    let asked = 0
    const authorize = () => Promise.resolve(`token-${(asked += 1)}`)
    const { fhir: client, seen } = fhirWorld(() => pdf(), { authorize, nextLinks: 'same-origin' })
    const error = await failure(client.binary(url))
    expect(error).toMatchObject({ code: 'ERR_CQ_ORIGIN_REFUSED', operation: 'fhir.binary' })
    expect(error.message).not.toMatch(/Binary|other-hospital|passwd|JVBER/)
    expect([seen, asked]).toEqual([[], 0])
  })

  test('follows a redirect on the same origin, and none to another', async () => {
    const moved = (location: string) => () => pdf(302, { location })
    const followed = fhirWorld(inTurn(moved(`${base}/files/1`), () => pdf()))
    expect(await textOf(await followed.fhir.binary('Binary/1'))).toBe('%PDF-1.7')
    expect(followed.lines()).toEqual(['GET /Binary/1', 'GET /files/1'])
    const refused = fhirWorld(moved('https://store.example/signed?key=S3CRET-KEY'))
    const error = await failure(refused.fhir.binary('Binary/1'))
    expect(error.code).toBe('ERR_CQ_REDIRECT_REFUSED')
    expect([leaks(error), refused.seen.length]).toEqual([[], 1])
  })

  test.each<[string, unknown, object]>([
    ['url', '', {}],
    ['url', undefined, {}],
    ['url', new URL(`${base}/Binary/1`), {}],
    ['options', 'Binary/1', [] as object],
    ['contentType', 'Binary/1', { contentType: '' }],
    ['contentType', 'Binary/1', { contentType: 'a\r\nx-evil: 1' }],
    ['contentType', 'Binary/1', { contentType: ' application/pdf' }],
    ['contentType', 'Binary/1', { contentType: 7 }],
    ['signal', 'Binary/1', { signal: {} }],
    ['timeoutMs', 'Binary/1', { timeoutMs: 0 }],
  ])('with a wrong %s is a TypeError, unsent', async (option, url, wrong) => {
    const { fhir: client, seen } = fhirWorld(() => pdf())
    const asked = client.binary(url as string, wrong)
    const error: unknown = await asked.catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(TypeError)
    expect([String(error).includes(`"${option}"`), seen]).toEqual([true, []])
  })
})

describe('the answer', () => {
  test('says its size where it is told and not compressed', async () => {
    const sized = async (headers: Readonly<Record<string, string>>) => {
      const { fhir: client } = fhirWorld(() => pdf(200, headers))
      const content = await client.binary('Binary/1')
      content.cancel()
      return content.size
    }
    expect(await sized({ 'content-length': '8' })).toBe(8)
    expect(await sized({})).toBeUndefined()
    expect(await sized({ 'content-length': '8', 'content-encoding': 'identity' })).toBeUndefined()
    expect(await sized({ 'content-length': '-8' })).toBeUndefined()
  })

  test('may have no type and no bytes', async () => {
    const { fhir: client } = fhirWorld(() => new Response(null))
    const content = await client.binary('Binary/1')
    expect([content.contentType, await textOf(content)]).toEqual([undefined, ''])
  })

  test('that is a Binary resource comes as it is', async () => {
    const resource = { resourceType: 'Binary', contentType: 'text/plain', data: 'YQ==' }
    const { fhir: client } = fhirWorld(() => fhir(200, resource))
    const content = await client.binary('Binary/1', { contentType: 'text/plain' })
    expect(content.contentType).toBe('application/fhir+json')
    expect(JSON.parse(await textOf(content))).toEqual(resource)
  })

  test.each([
    [404, 'ERR_CQ_NOT_FOUND'],
    [410, 'ERR_CQ_GONE'],
    [403, 'ERR_CQ_FORBIDDEN'],
    [204, 'ERR_CQ_UNEXPECTED_STATUS'],
    [206, 'ERR_CQ_UNEXPECTED_STATUS'],
    [400, 'ERR_CQ_OPERATION_FAILED'],
  ])('%i is %s', async (status, code) => {
    const { fhir: client, seen } = fhirWorld(() =>
      status === 206 ? pdf(206) : fhir(status, status === 204 ? '' : outcome('x')),
    )
    const error = await failure(client.binary('Binary/MRN-777-MARKER'))
    expect(error).toMatchObject({ code, status, operation: 'fhir.binary' })
    expect([leaks(error), seen.length]).toEqual([[], 1])
  })

  test('406 names the type that was asked for', async () => {
    const { fhir: client } = fhirWorld(() => fhir(406, ''))
    const error = await failure(client.binary('Binary/1', { contentType: 'image/tiff' }))
    expect(error.code).toBe('ERR_CQ_NOT_ACCEPTABLE')
    expect(error.message).toContain('image/tiff')
  })

  test('401 is renewed once', async () => {
    let asked = 0
    const authorize = () => Promise.resolve(`token-${(asked += 1)}`)
    const { fhir: client, seen } = fhirWorld(
      inTurn(
        () => fhir(401, outcome('login')),
        () => pdf(),
      ),
      // Smaller than the refusal, which is no content.
      { authorize, bodyLimits: { binary: 8 } },
    )
    expect(await textOf(await client.binary('Binary/1'))).toBe('%PDF-1.7')
    expect(seen.map(({ headers }) => headers.get('authorization'))).toEqual([
      'Bearer token-1',
      'Bearer token-2',
    ])
    const refused = fhirWorld(() => fhir(401, ''), { authorize })
    expect((await failure(refused.fhir.binary('Binary/1'))).code).toBe('ERR_CQ_UNAUTHORIZED')
    expect(refused.seen).toHaveLength(2)
  })

  test('503 is repeated before the content begins', async () => {
    const { fhir: client, seen } = fhirWorld(
      inTurn(
        () => fhir(503, ''),
        () => fhir(503, ''),
        () => pdf(),
      ),
    )
    expect(await textOf(await client.binary('Binary/1'))).toBe('%PDF-1.7')
    expect(seen).toHaveLength(3)
  })

  test('that announces more than it holds is broken off', async () => {
    const { fhir: client, seen } = fhirWorld(() => pdf(200, { 'content-length': '9' }))
    const content = await client.binary('Binary/1')
    const error = await failure(textOf(content))
    expect(error).toMatchObject({ code: 'ERR_CQ_INCOMPLETE_BODY', operation: 'fhir.binary' })
    expect(seen).toHaveLength(1)
  })

  test('that is encoded in an unknown way is refused', async () => {
    const { fhir: client } = fhirWorld(() => pdf(200, { 'content-encoding': 'gzip, gzip' }))
    expect((await failure(client.binary('Binary/1'))).code).toBe('ERR_CQ_UNEXPECTED_CONTENT')
  })

  test('is read once: a second loop is an error and not an empty file', async () => {
    const { fhir: client } = fhirWorld(() => pdf())
    const content = await client.binary('Binary/1')
    expect(await textOf(content)).toBe('%PDF-1.7')
    await expect(textOf(content)).rejects.toThrow(TypeError)
  })

  test('reads on at the end as the end', async () => {
    const { fhir: client } = fhirWorld(() => pdf())
    const pieces = (await client.binary('Binary/1')).body[Symbol.asyncIterator]()
    expect((await pieces.next()).done).toBe(false)
    expect((await pieces.next()).done).toBe(true)
    expect((await pieces.next()).done).toBe(true)
  })
})
