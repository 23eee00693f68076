/** What the SMART server of the sandbox has beside Patients as they are, and the others have not. */
import { describe, expect, test } from 'vitest'
import { createSandbox } from '../../../src/testing/index.ts'
import { atNoon, cerner, get, plain, record, sunrise, tokenFor } from './wire.ts'

const all = 'system/Patient.read system/DocumentReference.read system/Observation.read'

const smart = atNoon().then(async ({ sandbox }) => ({
  sandbox,
  token: await tokenFor(sandbox, sunrise.token, `${all} system/Binary.read`),
}))

async function asked(path: string, headers: Record<string, string> = {}): Promise<Response> {
  const { sandbox, token } = await smart
  return get(sandbox, sunrise.base + path, token, headers)
}

interface Entry {
  readonly resource: { resourceType: string; id: string }
  readonly search?: unknown
  readonly request?: unknown
  readonly response?: unknown
}

async function entriesOf(response: Response): Promise<readonly Entry[]> {
  expect(response.status).toBe(200)
  const { entry = [] } = await record(response)
  return entry as Entry[]
}

function names(entries: readonly Entry[]): string[] {
  return entries.map(({ resource: { resourceType, id } }) => `${resourceType}/${id}`)
}

describe('versions', () => {
  test('a read has an ETag, and an unchanged resource is 304 without a body', async () => {
    const first = await asked('Patient/1316030')
    expect(first.headers.get('etag')).toBe('W/"2"')
    expect(first.headers.get('last-modified')).toBe('Fri, 30 Jun 2023 10:02:00 GMT')
    const again = await asked('Patient/1316030', { 'if-none-match': 'W/"1", W/"2"' })
    expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([
      304,
      '',
      'W/"2"',
    ])
    expect((await asked('Patient/1316030', { 'if-none-match': 'W/"1"' })).status).toBe(200)
  })

  test('vread gives each version, and no other', async () => {
    const family = async (version: string): Promise<unknown> =>
      (await record(await asked(`Patient/1316030/_history/${version}`))).name
    expect(await family('1')).toMatchObject([{ family: 'Rivera' }])
    expect(await family('2')).toMatchObject([{ family: 'Santos' }])
    expect((await asked('Patient/1316030/_history/3')).status).toBe(404)
  })

  test('the history is newest first, with what made each version', async () => {
    const response = await asked('Patient/1316030/_history?_count=5')
    expect(await entriesOf(response)).toMatchObject([
      { request: { method: 'PUT', url: 'Patient/1316030' }, response: { etag: 'W/"2"' } },
      { request: { method: 'POST', url: 'Patient' }, response: { status: '201', etag: 'W/"1"' } },
    ])
    const { type, total } = await record(await asked('Patient/1316024/_history'))
    expect([type, total]).toEqual(['history', 1])
    expect((await asked('Patient/1/_history')).status).toBe(404)
  })
})

describe('$match', () => {
  async function matched(
    patient: object,
    more: readonly object[] = [],
  ): Promise<readonly [id: string, score: unknown, grade: unknown][]> {
    const { sandbox, token } = await smart
    const parameter = [{ name: 'resource', resource: { resourceType: 'Patient', ...patient } }]
    const response = await sandbox.fetch(
      new Request(`${sunrise.base}Patient/$match`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json' },
        body: JSON.stringify({ resourceType: 'Parameters', parameter: [...parameter, ...more] }),
      }),
    )
    return (await entriesOf(response)).map(({ resource, search }) => {
      const { score, extension } = search as { score: number; extension: { valueCode: string }[] }
      return [resource.id, score, extension[0]?.valueCode]
    })
  }

  const timothy = {
    name: [{ family: 'PETERS', given: ['Timothy'] }],
    birthDate: '1946-04-05',
    gender: 'male',
  }

  test('grades its candidates, best first', async () => {
    expect(await matched(timothy)).toEqual([
      ['1316024', 1, 'certain'],
      ['1316027', 0.38, 'possible'],
      ['1316028', 0.38, 'possible'],
    ])
    const byName = { name: [{ family: 'Peters', given: ['Timothy'] }] }
    expect((await matched(byName))[0]).toEqual(['1316024', 0.73, 'probable'])
    expect(await matched({ name: [{ family: 'Nobody' }] })).toEqual([])
  })

  test('heeds count and onlyCertainMatches', async () => {
    expect(await matched(timothy, [{ name: 'count', valueInteger: 2 }])).toHaveLength(2)
    const only = [{ name: 'onlyCertainMatches', valueBoolean: true }]
    expect(await matched(timothy, only)).toEqual([['1316024', 1, 'certain']])
    expect(await matched({ name: [{ family: 'Peters' }] }, only)).toEqual([])
  })

  test('of two who are certain none is', async () => {
    const twin = { resourceType: 'Patient' as const, ...timothy, gender: 'male' as const }
    const sandbox = await createSandbox({ patients: ['1', '2'].map((id) => ({ ...twin, id })) })
    const parameter = [
      { name: 'resource', resource: twin },
      { name: 'onlyCertainMatches', valueBoolean: true },
    ]
    const response = await sandbox.fetch(
      new Request(`${sunrise.base}Patient/$match`, {
        method: 'POST',
        headers: { authorization: `Bearer ${await tokenFor(sandbox, sunrise.token)}` },
        body: JSON.stringify({ resourceType: 'Parameters', parameter }),
      }),
    )
    expect(await entriesOf(response)).toEqual([])
  })

  test.each(['', '{}', '[]', '{"parameter":[{"name":"resource"}]}'])(
    'the body %j is 400',
    async (body) => {
      const { sandbox, token } = await smart
      const headers = { authorization: `Bearer ${token}` }
      const init = { method: 'POST', headers, body }
      const url = `${sunrise.base}Patient/$match`
      expect((await sandbox.fetch(new Request(url, init))).status).toBe(400)
    },
  )
})

test('$everything gives the Patient and what is about them, by type where asked', async () => {
  const path = 'Patient/1316024/$everything'
  expect(names(await entriesOf(await asked(`${path}?_count=9`)))).toEqual([
    'Patient/1316024',
    'Observation/weight-1',
    'Observation/smoking-1',
    'DocumentReference/letter-1',
    'DocumentReference/report-1',
  ])
  const wanted = await asked(`${path}?_type=DocumentReference,Condition`)
  expect(names(await entriesOf(wanted))).toEqual([
    'DocumentReference/letter-1',
    'DocumentReference/report-1',
  ])
  expect(await record(await asked(path))).toMatchObject({ total: 5, link: [{}, {}] })
  expect((await asked('Patient/1/$everything')).status).toBe(404)
})

test.each([
  ['DocumentReference?patient=1316024', ['letter-1', 'report-1']],
  ['DocumentReference?subject=Patient/1316024&type=11502-2', ['report-1']],
  ['DocumentReference?patient=1316025', []],
  ['DocumentReference?patient=1316024&status=superseded', []],
  [
    'Observation?patient=1316024&code=http://loinc.org%7C29463-7,72166-2',
    ['weight-1', 'smoking-1'],
  ],
  ['Observation?code=http://other.example%7C29463-7', []],
  ['Observation?_id=weight-1', ['weight-1']],
])('finds by %s', async (path, ids) => {
  const found = await entriesOf(await asked(path))
  expect(found.map(({ resource }) => resource.id)).toEqual(ids)
})

test('a Binary comes as its content, or as a resource where that is asked for', async () => {
  const [letter, resource] = await Promise.all([
    asked('Binary/letter-1', { accept: '*/*' }),
    asked('Binary/letter-1'),
  ])
  const content = Buffer.from(await letter.arrayBuffer())
  expect(letter.headers.get('content-type')).toBe('text/plain')
  expect(letter.headers.get('content-length')).toBe(String(content.length))
  const { data } = await record(resource)
  expect(Buffer.from(String(data), 'base64').equals(content)).toBe(true)
  const [reference] = await entriesOf(await asked('DocumentReference?_id=letter-1'))
  expect(reference?.resource).toMatchObject({
    content: [{ attachment: { url: 'Binary/letter-1', size: content.length } }],
  })
  const pdf = Buffer.from(await (await asked('Binary/report-1', { accept: '*/*' })).arrayBuffer())
  expect(pdf.subarray(0, 5).toString()).toBe('%PDF-')
})

describe('scopes are held against the type', () => {
  test.each([
    ['system/Patient.read', 'Patient/1316024/_history', 200],
    ['system/Patient.read', 'DocumentReference?patient=1316024', 403],
    ['system/Patient.read', 'Observation/weight-1', 403],
    ['system/Patient.read', 'Binary/letter-1', 403],
    ['system/DocumentReference.read', 'DocumentReference?patient=1316024', 200],
    ['system/DocumentReference.read', 'Patient/1316024', 403],
    ['system/Observation.rs', 'Observation/weight-1', 200],
    ['system/*.read', 'Binary/letter-1', 200],
    ['system/Patient.read', 'Patient/1316024/$everything', 403],
    [all, 'Patient/1316024/$everything', 200],
    ['system/Patient.read', 'Patient/1316025/$everything', 200],
  ])('%s for %s is %i', async (scope, path, status) => {
    const { sandbox } = await smart
    const token = await tokenFor(sandbox, sunrise.token, scope)
    expect((await get(sandbox, sunrise.base + path, token)).status).toBe(status)
  })

  test('on later pages too', async () => {
    const { sandbox } = await smart
    const { link } = await record(await asked('Patient/1316024/$everything'))
    const [, next] = link as { url: string }[]
    const narrow = await tokenFor(sandbox, sunrise.token)
    expect((await get(sandbox, next?.url ?? '', narrow)).status).toBe(403)
    expect((await asked((next?.url ?? '').slice(sunrise.base.length - 1))).status).toBe(200)
  })
})

describe('what a server has not is not-supported', () => {
  test.each([
    'Condition?patient=1316024',
    'Condition/1',
    'Binary?_id=letter-1',
    'Patient/1316024/$other',
    'Patient/1316024/_history/1/more',
  ])('%s', async (path) => {
    const { sandbox } = await smart
    const token = await tokenFor(sandbox, sunrise.token, 'system/*.read')
    const response = await get(sandbox, sunrise.base + path, token)
    expect([response.status, (await record(response)).issue]).toMatchObject([
      404,
      [{ code: 'not-supported' }],
    ])
  })

  test.each([cerner, plain])('all but Patients at $base', async ({ base, token: at }) => {
    const { sandbox } = await smart
    const token = await tokenFor(sandbox, at, 'system/*.read')
    for (const path of [
      'Patient/1316030/_history',
      'Patient/1316030/_history/1',
      'Patient/1316030/$everything',
      'DocumentReference?patient=1316024',
      'Binary/letter-1',
    ]) {
      const response = await get(sandbox, base + path, token)
      expect([path, response.status, (await record(response)).issue]).toMatchObject([
        path,
        404,
        [{ code: 'not-supported' }],
      ])
    }
  })
})

test('the CapabilityStatements say so', async () => {
  const { sandbox } = await smart
  const types = async (base: string): Promise<readonly { type: string }[]> => {
    const { rest } = await record(await get(sandbox, `${base}metadata`))
    return (rest as { resource: { type: string }[] }[])[0]?.resource ?? []
  }
  const offered = await types(sunrise.base)
  expect(offered.map(({ type }) => type)).toEqual([
    'Patient',
    'DocumentReference',
    'Observation',
    'Binary',
  ])
  expect(offered[0]).toMatchObject({ operation: [{ name: 'match' }, { name: 'everything' }] })
  const few = [...(await types(cerner.base)), ...(await types(plain.base))]
  expect(few.map(({ type }) => type)).toEqual(['Patient', 'Patient'])
  expect(few[0]).toMatchObject({ interaction: [{ code: 'read' }, { code: 'search-type' }] })
})

test('people of your own have no records of others', async () => {
  const patients = [{ resourceType: 'Patient' as const, id: '1316030' }]
  const sandbox = await createSandbox({ patients })
  const token = await tokenFor(sandbox, sunrise.token, 'system/*.read')
  const history = await entriesOf(
    await get(sandbox, `${sunrise.base}Patient/1316030/_history`, token),
  )
  expect(history).toHaveLength(1)
  const documents = await get(sandbox, `${sunrise.base}DocumentReference?_id=letter-1`, token)
  expect(await entriesOf(documents)).toEqual([])
})
