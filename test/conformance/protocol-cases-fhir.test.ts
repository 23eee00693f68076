/** Cases 36 to 44 of the protocol digest, section 9: FHIR. Everything is looked at on the wire. */
import { describe, expect, test } from 'vitest'
import type { Patient } from '../../src/index.ts'
import { base, bundle, failure, fake, fhir, inTurn, leaks } from '../support/fhir-answers.ts'
import { outcome, patient, walked } from '../support/fhir-answers.ts'
import { fhirWorld } from '../support/fhir-world.ts'
import { holdTime, settledIn } from '../support/time.ts'

const plain = (status: number, text: string, type = 'text/plain'): Response =>
  new Response(text, { status, headers: { 'content-type': type } })

describe('case 36: a patient by id', () => {
  test.each(['1', 'A-b.9', 'x'.repeat(64), '-', '1..2'])('case 36: %s is asked for', async (id) => {
    const { client, seen } = fake(() => fhir(200, patient(id)))
    await client.read(id)
    expect(seen.map(({ url }) => url)).toEqual([`${base}/Patient/${id}`])
  })

  test.each(['', '.', '..', 'x'.repeat(65), 'a/b', 'a b', 'a%2Fb', 'ä', '1?_summary=true', '1\n'])(
    'case 36: %j is no id, and nothing is asked by any interaction',
    async (id) => {
      const { patients, seen } = fhirWorld(() => fhir(200, patient('1')))
      await expect(patients.read(id)).rejects.toThrow('"id"')
      await expect(patients.vread(id, '1')).rejects.toThrow('"id"')
      await expect(patients.vread('1', id)).rejects.toThrow('"versionId"')
      expect(() => patients.history(id)).toThrow('"id"')
      expect(() => patients.everything(id)).toThrow('"id"')
      expect(seen).toEqual([])
    },
  )

  test.each([
    [404, 'ERR_CQ_NOT_FOUND'],
    [410, 'ERR_CQ_GONE'],
  ])('case 36: %i is %s, after one request', async (status, code) => {
    const { client, seen } = fake(() => fhir(status, ''))
    expect((await failure(client.read('1'))).code).toBe(code)
    expect(seen).toHaveLength(1)
  })

  test('case 36: a patient who was replaced is given with the link, and an event tells', async () => {
    const link = [{ other: { reference: 'Patient/2' }, type: 'replaced-by' }]
    const { client, events, seen } = fake(() => fhir(200, patient('1', { link })))
    expect((await client.read('1')).link).toEqual(link)
    expect(events.map(({ type }) => type)).toEqual(['patient.replaced'])
    // The other one is not fetched behind the caller's back.
    expect(seen).toHaveLength(1)
  })

  test('case 36: another patient than asked for is refused', async () => {
    const { client } = fake(() => fhir(200, patient('2')))
    expect((await failure(client.read('1'))).code).toBe('ERR_CQ_OTHER_PATIENT')
    expect((await client.read('1', { followReplacement: true })).id).toBe('2')
  })
})

describe('case 37: next links', () => {
  const authorize = () => Promise.resolve('S3CRET-TOKEN')
  const linked = (next: unknown, options = {}) =>
    fake(
      inTurn(
        () => fhir(200, bundle(['1'], { next })),
        () => fhir(200, bundle(['2'])),
      ),
      { authorize, ...options },
    )

  test.each([
    ['absolute', `${base}/Patient?page=2`, `${base}/Patient?page=2`],
    ['relative', 'Patient?page=2', `${base}/Patient?page=2`],
    ['root-relative', '/r4/Patient?page=2', `${base}/Patient?page=2`],
    ['a query alone', '?page=2', `${base}/Patient?page=2`],
    ['opaque', `${base}?_getpages=a%2Fb&x`, `${base}?_getpages=a%2Fb&x`],
    ['opaque, as a path', `${base}/pages/eyJhIjoxfQ==`, `${base}/pages/eyJhIjoxfQ==`],
  ])('case 37: %s is followed, with the token', async (_, next, asked) => {
    const { client, seen } = linked(next)
    expect(await walked(client.search({ name: 'a' }))).toEqual({
      ids: ['1', '2'],
      error: undefined,
    })
    expect([seen[1]?.method, seen[1]?.url]).toEqual(['GET', asked])
    expect(seen[1]?.headers.get('authorization')).toBe('Bearer S3CRET-TOKEN')
  })

  test.each([
    ['another origin', 'https://evil.example/r4/Patient?page=2'],
    ['another port', 'https://fhir.example.org:8443/r4/Patient?page=2'],
    ['http', 'http://fhir.example.org/r4/Patient?page=2'],
    ['another path on the same host', 'https://fhir.example.org/other/Patient?page=2'],
  ])('case 37: %s is refused after the hits, and the token stays here', async (_, next) => {
    const { client, seen } = linked(next)
    const { ids, error } = await walked(client.search({ name: 'a' }))
    expect(ids).toEqual(['1'])
    expect(error).toMatchObject({ code: 'ERR_CQ_NEXT_LINK_REFUSED', received: 1, pages: 1 })
    expect([seen.length, leaks(error)]).toEqual([1, []])
  })

  test('case 37: another path on the same host is followed where the caller says so', async () => {
    const { client, seen } = linked('/other/page/2', { nextLinks: 'same-origin' })
    expect((await walked(client.search({ name: 'a' }))).ids).toEqual(['1', '2'])
    expect(seen[1]?.url).toBe('https://fhir.example.org/other/page/2')
  })
})

describe('case 38: errors in any clothes', () => {
  test('case 38: an OperationOutcome with 200 is an error for every interaction', async () => {
    const { patients, fhir: client } = fhirWorld(() => fhir(200, outcome('exception', 'fatal')))
    for (const asked of [
      () => patients.read('1'),
      () => patients.vread('1', '1'),
      () => patients.history('1').first(),
      () => patients.search({ name: 'a' }).first(),
      () => patients.match({ birthDate: '1931-02-17' }),
      () => patients.everything('1').first(),
      () => client.operation('x'),
      () => client.read('Condition', '1'),
    ]) {
      const error = await failure(asked())
      expect(error).toMatchObject({ code: 'ERR_CQ_OPERATION_FAILED', issueCodes: ['exception'] })
      expect(leaks(error)).toEqual([])
    }
  })

  test.each([
    [401, 'ERR_CQ_UNAUTHORIZED'],
    [403, 'ERR_CQ_FORBIDDEN'],
    [404, 'ERR_CQ_NOT_FOUND'],
    [406, 'ERR_CQ_NOT_ACCEPTABLE'],
  ])('case 38: %i without a body, in text and in HTML is %s', async (status, code) => {
    for (const answer of [
      new Response(null, { status }),
      plain(status, 'Zebulon-Marker'),
      plain(status, '<html>Zebulon-Marker</html>', 'text/html'),
    ]) {
      const { client, seen } = fake(() => answer)
      const error = await failure(client.read('1'))
      expect(error).toMatchObject({ code, status })
      expect([leaks(error), seen.length]).toEqual([[], 1])
    }
  })

  test.each([
    ['empty', ''],
    ['text', 'no such patient'],
    ['HTML', '<html><form>sign in</form></html>'],
  ])('case 38: 200 with a body that is %s is no patient', async (_, text) => {
    const { client } = fake(() => plain(200, text))
    expect((await failure(client.read('1'))).code).toBe('ERR_CQ_UNEXPECTED_CONTENT')
  })
})

describe('case 39: too many, or nobody named', () => {
  test.each([
    [422, outcome('processing')],
    [422, ''],
    [400, outcome('too-costly')],
    [403, outcome('too-costly')],
  ])('case 39: %i is too many results or forbidden, after one request', async (status, body) => {
    const { client, seen } = fake(() => fhir(status, body))
    const error = await failure(client.search({ family: 'Smith' }).first())
    expect(error.code).toBe(status === 403 ? 'ERR_CQ_FORBIDDEN' : 'ERR_CQ_TOO_MANY_RESULTS')
    expect(seen).toHaveLength(1)
  })

  test('case 39: a search or match that names nobody is not sent', async () => {
    const { patients, seen } = fhirWorld(() => fhir(200, bundle([])))
    for (const parameters of [{}, { _count: 5 }, { _lastUpdated: 'ge2024' }, { family: undefined }])
      expect(() => patients.search(parameters)).toThrow('must name someone')
    await expect(patients.match({})).rejects.toThrow(TypeError)
    await expect(patients.match({ gender: 'male' })).rejects.toThrow(TypeError)
    expect(seen).toEqual([])
  })
})

describe('case 40: dates in part, and primitives with extensions', () => {
  const known = JSON.parse(`{
    "resourceType": "Patient", "id": "1", "birthDate": "1946-04",
    "_birthDate": { "extension": [{ "url": "http://example.org/x", "valueString": "about" }] },
    "name": [{ "given": [null, "Ann"], "_given": [{ "id": "a" }, null], "family": "P" }]
  }`) as Patient

  test('case 40: come as they are by every interaction', async () => {
    const { patients } = fhirWorld(({ url }) =>
      /\/Patient\/1(\/_history\/1)?$/.test(url)
        ? fhir(200, known)
        : fhir(200, bundle([{ resource: known }])),
    )
    const [match] = await patients.match(known)
    for (const found of [
      await patients.read('1'),
      await patients.vread('1', '1'),
      (await patients.history('1').first())?.resource,
      await patients.search({ _id: '1' }).first(),
      match?.resource,
      await patients.everything('1').first(),
    ]) {
      expect(found).toEqual(known)
    }
  })

  test.each(['1946', '1946-04', '1946-04-05', 'ge1946-04', '1946-04-05T10:00:00Z'])(
    'case 40: %s is searched for as it is',
    async (birthdate) => {
      const { client, seen } = fake(() => fhir(200, bundle([])))
      await client.search({ birthdate }).first()
      expect(new URLSearchParams(seen[0]?.body).get('birthdate')).toBe(birthdate)
    },
  )

  test('case 40: a match sends them as they are', async () => {
    const { patients, seen } = fhirWorld(() => fhir(200, bundle([])))
    await patients.match(known)
    expect(JSON.parse(seen[0]?.body ?? '')).toMatchObject({ parameter: [{ resource: known }] })
  })
})

describe('case 41: 429', () => {
  test('case 41: Retry-After is waited for, and not undercut', async () => {
    const time = holdTime()
    const times: number[] = []
    const { client, events } = fake((_, number) => {
      times.push(performance.now())
      return number === 1 ? fhir(429, '', { 'retry-after': '1' }) : fhir(200, patient('1'))
    })
    await settledIn(time, client.read('1'))
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(995)
    expect(events).toMatchObject([{ type: 'http.retry', why: '429', waitMs: 1_000 }])
  })

  test('case 41: where it reaches beyond the time left the call fails at once and says so', async () => {
    const { client, seen } = fake(() => fhir(429, '', { 'retry-after': '600' }))
    const error = await failure(client.read('1', { timeoutMs: 5_000 }))
    expect(error).toMatchObject({
      code: 'ERR_CQ_RATE_LIMITED',
      retryAfterMs: 600_000,
      retryable: true,
    })
    expect(seen).toHaveLength(1)
  })
})

test.each([
  'application/json',
  'application/fhir+json; charset=utf-8; fhirVersion=4.0',
  'application/json+fhir',
  'application/fhir+json;charset="UTF-8"',
])('case 42: an answer typed %s is read', async (type) => {
  const { client, seen } = fake(() => plain(200, JSON.stringify(patient('1')), type))
  expect((await client.read('1')).id).toBe('1')
  expect(seen[0]?.headers.get('accept')).toBe('application/fhir+json')
})

describe('case 43: patient data stays out of URLs', () => {
  const planted = { family: 'Zebulon-Marker', birthdate: '1931-02-17' }

  test('case 43: by POST, and by GET only where POST is refused, which an event tells', async () => {
    const { client, seen, events } = fake(({ method }) =>
      method === 'POST' ? fhir(405, '') : fhir(200, bundle([])),
    )
    await client.search(planted).first()
    expect(seen.map(({ method }) => method)).toEqual(['POST', 'GET'])
    expect(leaks(seen[0]?.url)).toEqual([])
    expect(events.map(({ type }) => type)).toEqual(['search.demographics-in-url'])
    expect(leaks(events)).toEqual([])
  })

  test('case 43: never by GET under post-only', async () => {
    const { client, seen } = fake(() => fhir(405, ''), { searchMethod: 'post-only' })
    const error = await failure(client.search(planted).first())
    expect(error.code).toBe('ERR_CQ_SEARCH_METHOD_REFUSED')
    expect([seen.map(({ method }) => method), leaks(error)]).toEqual([['POST'], []])
  })

  test('case 43: a match has them in its body alone', async () => {
    const { patients, seen } = fhirWorld(() => fhir(404, ''))
    await failure(patients.match({ name: [{ family: planted.family }] }))
    expect([seen.length, leaks(seen[0]?.url)]).toEqual([1, []])
    expect(seen[0]?.body).toContain(planted.family)
  })
})

describe('case 44: ignored parameters', () => {
  test('case 44: those that the self link lacks are named; Prefer is not sent', async () => {
    const self = `${base}/Patient?family=a&_count=5`
    const { client, seen } = fake(() => fhir(200, bundle(['1'], { self })))
    const asked = client.search({ family: 'a', given: 'b', _count: 5, birthdate: '1931' })
    for await (const { ignoredParameters } of asked.pages())
      expect(ignoredParameters).toEqual(['given', 'birthdate'])
    expect(seen[0]?.headers.get('prefer')).toBeNull()
    expect.assertions(2)
  })
})
