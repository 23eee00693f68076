import { describe, expect, test } from 'vitest'
import { AccessToken } from '../../../src/access-token.ts'
import {
  base,
  bundle,
  failure,
  fhir,
  inTurn,
  leaks,
  outcome,
  secrets,
  walked,
  recording,
} from '../../support/fhir-answers.ts'
import {
  entry,
  smartConfiguration,
  token,
  tokenEndpoint,
  statement,
  world,
} from '../../support/fake-responder.ts'
import { fhirWorld } from '../../support/fhir-world.ts'
import { FhirPatientClient, type Responder, type DirectoryEntry } from '../../../src/index.ts'
import {
  FhirClient,
  type PatientOf,
  type ResourceOf,
  type PatientMatch,
} from '../../../src/fhir/index.ts'

describe('resources other than Patient', () => {
  const condition = (id: string): object => ({ resourceType: 'Condition', id })

  describe('a read of another type', () => {
    test('requests it by type and id, and returns it', async () => {
      const { fhir: client, lines } = fhirWorld(() => fhir(200, condition('c.1')))
      expect(await client.read('Condition', 'c.1')).toEqual(condition('c.1'))
      expect(lines()).toEqual(['GET /Condition/c.1'])
    })

    test.each<[string, object, string]>([
      ['another id', condition('d'), 'ERR_CQ_UNEXPECTED_RESOURCE'],
      ['another type', { resourceType: 'Observation', id: 'c' }, 'ERR_CQ_UNEXPECTED_RESOURCE'],
      ['a Bundle', bundle([]), 'ERR_CQ_UNEXPECTED_RESOURCE'],
      ['no id', { resourceType: 'Condition' }, 'ERR_CQ_INVALID_RESPONSE'],
      ['an error with 200', outcome('processing'), 'ERR_CQ_OPERATION_FAILED'],
    ])('answered by %s is an error', async (_, answer, code) => {
      const { fhir: client } = fhirWorld(() => fhir(200, answer))
      for (const asked of [client.read('Condition', 'c'), client.vread('Condition', 'c', '1')]) {
        const error = await failure(asked)
        expect(error.code).toBe(code)
        expect(leaks(error, [...secrets, 'Condition/c'])).toEqual([])
      }
    })

    test.each([
      [404, 'ERR_CQ_NOT_FOUND'],
      [410, 'ERR_CQ_GONE'],
      [403, 'ERR_CQ_FORBIDDEN'],
    ])('answered by %i is %s', async (status, code) => {
      const { fhir: client } = fhirWorld(() => fhir(status, outcome('x')))
      const error = await failure(client.read('Condition', 'c'))
      expect(error).toMatchObject({ code, operation: 'fhir.read', pathTemplate: '/Condition/:id' })
    })

    test.each(['', 'condition', 'Condition/1', '../x', '$x', '1Condition'])(
      'whose type is %j is a TypeError, unsent',
      async (type) => {
        const { fhir: client, seen } = fhirWorld(() => fhir(200, condition('c')))
        await expect(client.read(type as 'Condition', 'c')).rejects.toThrow('"type"')
        expect(() => client.history(type as 'Condition', 'c')).toThrow('"type"')
        expect(() => client.search(type as 'Condition', { patient: '1' })).toThrow('"type"')
        expect(seen).toEqual([])
      },
    )

    test('does not say of a resource with links that a patient was replaced', async () => {
      const link = [{ type: 'replaced-by' }]
      const { fhir: client, events } = fhirWorld(() => fhir(200, { ...condition('c'), link }))
      await client.read('Condition', 'c')
      expect(events).toEqual([])
    })
  })

  describe('a search of another type', () => {
    const hits = [
      { resource: condition('c'), search: { mode: 'match' } },
      { resource: { resourceType: 'Patient', id: '1' }, search: { mode: 'include' } },
    ]

    test('goes by POST, gives its hits, and has what came along on its pages', async () => {
      const { fhir: client, lines, seen } = fhirWorld(() => fhir(200, bundle(hits)))
      const results = client.search('Condition', { patient: '1', _include: 'Condition:patient' })
      expect(await walked(results)).toEqual({ ids: ['c'], error: undefined })
      expect(lines()).toEqual(['POST /Condition/_search'])
      expect(seen[0]?.body).toBe('patient=1&_include=Condition%3Apatient')
      for await (const { included } of results.pages())
        expect(included).toEqual([hits[1]?.resource])
    })

    test('remembers a refusal of POST for its type alone', async () => {
      const {
        fhir: client,
        lines,
        events,
      } = fhirWorld(({ method, url }) =>
        method === 'POST' && url.includes('Condition') ? fhir(405, '') : fhir(200, bundle([])),
      )
      await client.search('Condition', { patient: '1' }).first()
      await client.search('Condition', { patient: '1' }).first()
      await client.search('Observation', { patient: '1' }).first()
      expect(lines()).toEqual([
        'POST /Condition/_search',
        'GET /Condition?patient=1',
        'GET /Condition?patient=1',
        'POST /Observation/_search',
      ])
      expect(events).toMatchObject([
        { type: 'search.demographics-in-url', resourceType: 'Condition' },
        { type: 'search.demographics-in-url', resourceType: 'Condition' },
      ])
    })

    test('may be of OperationOutcomes', async () => {
      const { fhir: client } = fhirWorld(() =>
        fhir(200, bundle([{ resource: { ...outcome('x'), id: 'o' } }])),
      )
      expect((await walked(client.search('OperationOutcome', { _id: 'o' }))).ids).toEqual(['o'])
    })

    test('without a criterion is a TypeError, unless it is asked for in words', async () => {
      const { fhir: client, seen } = fhirWorld(() => fhir(200, bundle([])))
      for (const parameters of [{}, { _count: 5 }, { _sort: 'date' }])
        expect(() => client.search('Condition', parameters)).toThrow('{ all: true }')
      await client.search('Condition', {}, { all: true }).first()
      expect(seen).toHaveLength(1)
    })

    test('that fails names the type and nothing of what was searched for', async () => {
      const { fhir: client } = fhirWorld(() => fhir(400, outcome('invalid')))
      const error = await failure(
        client.search('Condition', { identifier: 'MRN-777-MARKER' }).first(),
      )
      expect(error).toMatchObject({ operation: 'fhir.search', pathTemplate: '/Condition/_search' })
      expect(leaks(error)).toEqual([])
    })
  })

  describe('scopes', () => {
    const granted = (scope: string) => ({
      authorize: () => Promise.resolve(new AccessToken('S3CRET-TOKEN', scope, 9e15)),
    })
    const needed = async (
      scope: string,
      ask: (made: ReturnType<typeof fhirWorld>) => Promise<unknown>,
    ) => {
      const made = fhirWorld(() => fhir(403, ''), granted(scope))
      const error = await failure(ask(made))
      expect([leaks(error), leaks(made.events)]).toEqual([[], []])
      const told = made.events.filter((event) => event.type === 'fhir.scope-not-covering')
      for (const { needed: one } of told) {
        expect(error.message).toContain(`needed ${one}`)
      }
      return told.map((event) => event.needed)
    }

    test.each<[string, string, (made: ReturnType<typeof fhirWorld>) => Promise<unknown>]>([
      ['read', 'system/Condition.r', ({ fhir: to }) => to.read('Condition', 'c')],
      ['vread', 'system/Condition.r', ({ fhir: to }) => to.vread('Condition', 'c', '1')],
      ['history', 'system/Condition.r', ({ fhir: to }) => to.history('Condition', 'c').first()],
      [
        'search',
        'system/Condition.s',
        ({ fhir: to }) => to.search('Condition', { patient: '1' }).first(),
      ],
      ['binary', 'system/Binary.r', ({ fhir: to }) => to.binary('Binary/1')],
      ['match', 'system/Patient.s', ({ patients: to }) => to.match({ birthDate: '1931-02-17' })],
      ['patients.history', 'system/Patient.r', ({ patients: to }) => to.history('1').first()],
    ])('%s that no scope covers is told of before the 403 names it', async (_, scope, ask) => {
      const other = scope.includes('Patient') ? 'system/Binary.read' : 'system/Patient.read'
      expect(await needed(other, ask)).toEqual([scope])
      expect(await needed('system/*.rs', ask)).toEqual([])
      expect(await needed(scope, ask)).toEqual([])
      expect(await needed(scope.replace(/\.\w$/, '.read'), ask)).toEqual([])
    })

    test('operations and $everything say nothing of scopes', async () => {
      expect(await needed('system/Patient.read', ({ fhir: to }) => to.operation('x'))).toEqual([])
      expect(await needed('launch', ({ patients: to }) => to.everything('1').first())).toEqual([])
    })

    test('are asked for as configured: nothing is widened for another type', async () => {
      const made = await world(
        {
          metadata: () => statement({ token: tokenEndpoint }),
          smart: () => smartConfiguration(),
          token: () => token('S3CRET-TOKEN'),
          patients: () => fhir(200, condition('c')),
        },
        { directory: { read: (id) => Promise.resolve(entry(id)) } },
      )
      const responder = await made.client.organization('1.2.3')
      await responder.fhir.read('Condition', 'c')
      const wider = responder.as({ scope: 'system/Patient.read system/Condition.read' })
      await wider.fhir.read('Condition', 'c')
      expect(made.of('token').map(({ body }) => new URLSearchParams(body).get('scope'))).toEqual([
        'system/Patient.read',
        'system/Patient.read system/Condition.read',
      ])
      expect(made.events.filter((event) => event.type === 'fhir.scope-not-covering')).toMatchObject(
        [{ baseUrl: base, needed: 'system/Condition.r' }],
      )
    })
  })

  test('a 401 is renewed for every interaction', async () => {
    let tokens = 0
    const authorize = () => Promise.resolve(`token-${(tokens += 1)}`)
    const good: Record<string, object> = {
      read: condition('c'),
      history: { ...bundle([]), type: 'history' },
      search: bundle([]),
    }
    for (const [what, answer] of Object.entries(good)) {
      const { fhir: client, seen } = fhirWorld(
        inTurn(
          () => fhir(401, ''),
          () => fhir(200, answer),
        ),
        { authorize },
      )
      if (what === 'read') await client.read('Condition', 'c')
      if (what === 'history') await client.history('Condition', 'c').first()
      if (what === 'search') await client.search('Condition', { patient: '1' }).first()
      const sent = seen.map(({ headers }) => headers.get('authorization'))
      expect(sent).toEqual([`Bearer token-${tokens - 1}`, `Bearer token-${tokens}`])
    }
  })
})

const keep = (value: unknown): unknown => value

/** Compiled, never run: each line fails to compile as soon as its mistake is no longer one. */
export async function mistakes(client: FhirPatientClient): Promise<void> {
  // @ts-expect-error a misspelt parameter
  client.search({ familly: 'a' })
  // @ts-expect-error a number for a name
  client.search({ name: 5 })
  // @ts-expect-error a text for a count
  client.search({ name: 'a', _count: '5' })
  // @ts-expect-error half an identifier
  client.search({ identifier: { system: 'a' } })
  // @ts-expect-error an id that is a number
  await client.read(5)
  const patient = await client.read('1')
  // @ts-expect-error a property that Patient does not have
  keep(patient.familyName)
  // @ts-expect-error find may find nobody
  keep((await client.find('1')).id)
  // @ts-expect-error toArray needs a limit
  await client.search({ name: 'a' }).toArray()
  for await (const hit of client.search({ 'name:exact': 'a' })) {
    // @ts-expect-error a property that Patient does not have
    keep(hit.surname)
    keep(hit.name?.[0]?.family)
  }
}

/** Each way to write a value that is no way. */
export function wrongValues(client: FhirPatientClient): void {
  // @ts-expect-error a prefix that FHIR does not have
  client.search({ birthdate: { xx: '1946' } })
  // @ts-expect-error a prefix that FHIR does not have, beside one that it has
  client.search({ birthdate: { ge: '1940', until: '1950' } })
  // @ts-expect-error a year as a number
  client.search({ birthdate: { ge: 1946 } })
  // @ts-expect-error a date has no modifier
  client.search({ birthdate: { exact: '1946' } })
  // @ts-expect-error a name has no prefix
  client.search({ family: { ge: 'a' } })
  // @ts-expect-error a modifier that FHIR does not have
  client.search({ family: { starts: 'a' } })
  // @ts-expect-error "or" is anyOf
  client.search({ family: { or: ['a', 'b'] } })
  // @ts-expect-error a gender that FHIR does not have
  client.search({ gender: 'f' })
  // @ts-expect-error true or false is no text
  client.search({ active: 'true' })
  // @ts-expect-error a reference has a type and an id
  client.search({ organization: { id: '1' } })
  // @ts-expect-error a chain from what is no reference
  client.search({ 'family.name': 'a' })
  // @ts-expect-error _has in words, not in part
  client.search({ _has: { type: 'Observation', parameter: 'code', value: 'a' } })
  // @ts-expect-error a summary that FHIR does not have
  client.search({ family: 'a', _summary: 'short' })
  // @ts-expect-error a misspelt option
  client.search({ family: 'a' }, { maxpages: 5 })
  // @ts-expect-error a pair is a name and a value
  client.search({}, { raw: [['family']] })
  client.search({
    birthdate: { ge: '1940', lt: '1950' },
    family: { exact: { anyOf: ['a', 'b'] } },
    identifier: ['a|b', { system: 'a', value: 'b' }],
    'general-practitioner.name': { contains: 'a' },
    _include: ['Patient:link'],
    'name:exact': ['a'],
  })
}

/** Types by the name of the resource, R4 unless STU3 is asked for. */
export async function otherTypes(r4: FhirClient, stu3: FhirClient<'STU3'>): Promise<void> {
  // @ts-expect-error no resource type
  await r4.read('Observations', '1')
  // @ts-expect-error a resource type of STU3
  await r4.read('ProcedureRequest', '1')
  // @ts-expect-error a resource type of R4
  await stu3.read('ServiceRequest', '1')
  // @ts-expect-error no resource type
  r4.search('Document', { patient: '1' })
  // @ts-expect-error no resource type
  r4.history('patient', '1')
  // @ts-expect-error a value of no form
  r4.search('Observation', { code: { begins: 'a' } })
  // @ts-expect-error no read asks for a count
  await r4.read('Observation', '1', { _summary: 'count' })
  const observation = await r4.read('Observation', '1')
  keep(observation.note?.[0]?.text)
  // @ts-expect-error a property of STU3
  keep(observation.comment)
  const older = await stu3.read('Observation', '1')
  keep(older.comment)
  // @ts-expect-error a property of R4
  keep(older.note)
  for await (const { docStatus, content } of r4.search('DocumentReference', { patient: '1' })) {
    keep([docStatus, content[0]?.attachment.url])
    // @ts-expect-error an attachment's address is text
    const number: number | undefined = content[0]?.attachment.url
    keep(number)
  }
  for await (const page of stu3.search('Patient', { name: 'a' }).pages()) {
    const patients: readonly PatientOf<'STU3'>[] = page.resources
    keep(patients[0]?.animal)
    // @ts-expect-error the hits are STU3's
    const others: readonly PatientOf[] = page.resources
    keep(others)
  }
  const order: ResourceOf<'ServiceRequest'> = await r4.read('ServiceRequest', '1')
  // @ts-expect-error a Patient is no order
  const patient: ResourceOf<'Patient'> = order
  keep(patient)
}

/** A responder has the types of the version that it was asked for. */
export async function responders(r4: Responder, stu3: Responder<'STU3'>): Promise<void> {
  keep((await stu3.patients.read('1')).animal)
  // @ts-expect-error a property of STU3
  keep((await r4.patients.read('1')).animal)
  // @ts-expect-error under another purpose it is still STU3
  const other: Responder = stu3.as({ purposeOfUse: 'TREAT' })
  keep(other)
}

test('the mistakes above are compiled by the type check', () => {
  for (const compiled of [mistakes, wrongValues, otherTypes, responders])
    expect(compiled).toBeTypeOf('function')
})

const speaking = (version: string) => ({
  metadata: () => statement({ token: tokenEndpoint, version }),
})
const STU3 = { fhirVersion: 'STU3' } as const

describe('a server that is reached by its address', () => {
  test.each([
    ['3.0.1', undefined, false],
    ['3.0.2', undefined, false],
    ['3.0.2', 'R4', false],
    ['3.0.2', 'STU3', true],
    ['4.0.1', undefined, true],
    ['4.0.1', 'R4', true],
    ['4.0.1', 'STU3', false],
    ['1.0.2', 'STU3', false],
    ['5.0.0', 'R4', false],
    ['3.5.0', 'STU3', false],
  ] as const)('speaking %s and asked for as %s', async (version, fhirVersion, good) => {
    const { client, of } = await world(speaking(version))
    const asked =
      fhirVersion === 'STU3'
        ? client.responder({ baseUrl: base }, { fhirVersion })
        : client.responder({ baseUrl: base }, { fhirVersion })
    if (good) {
      expect((await asked).capabilities.fhirVersion).toBe(version)
      return
    }
    const error = await failure(asked)
    expect(error).toMatchObject({
      code: 'ERR_CQ_UNSUPPORTED_SERVER',
      operation: 'client.responder',
      origin: 'https://fhir.example.org',
    })
    expect(error.message).toContain(`FHIR ${version}`)
    expect(error.message).toContain(`, and ${fhirVersion ?? 'R4'} is wanted`)
    expect([of('token').length, of('patients').length]).toEqual([0, 0])
  })

  test('is not named by a version that is no version', async () => {
    const { client } = await world(speaking('<b>Zebulon-Marker</b>'))
    const error = await failure(client.responder({ baseUrl: base }))
    expect(error.message).toContain('of an unknown version')
    expect(error.message).not.toContain('Zebulon')
  })

  test('is taken at its word by both clients of the responder, and by those that as() makes', async () => {
    const stu3 = { resourceType: 'Patient', id: '1', animal: { species: { text: 'cat' } } }
    const made = await world({ ...speaking('3.0.2'), patients: () => fhir(200, stu3) })
    const responder: Responder<'STU3'> = await made.client.responder({ baseUrl: base }, STU3)
    const read: ResourceOf<'Patient', 'STU3'> = await responder.patients.read('1')
    expect(read.animal?.species.text).toBe('cat')
    const again = responder.as({ scope: 'system/Patient.read' })
    expect((await again.fhir.read('Patient', '1')).animal).toEqual(stu3.animal)
    expect(made.of('patients').map(({ headers }) => headers.get('accept'))).toEqual([
      'application/fhir+json',
      'application/fhir+json',
    ])
  })

  test.each(['R5', 'r4', '4.0.1', 4, null])(
    'asked for as %j is a TypeError, unsent',
    async (wrong) => {
      const { client, seen } = await world(speaking('4.0.1'))
      const options = { fhirVersion: wrong as 'STU3' }
      await expect(client.responder({ baseUrl: base }, options)).rejects.toThrow('"fhirVersion"')
      await expect(client.organization('1.2.3', options)).rejects.toThrow('"fhirVersion"')
      expect(seen).toEqual([])
      const both = { baseUrl: base, ...options }
      expect(() => new FhirClient(both)).toThrow('"fhirVersion"')
      expect(() => new FhirPatientClient(both)).toThrow('"fhirVersion"')
    },
  )
})

describe('a server that is reached by the directory', () => {
  function entryOf(...versions: readonly (string | undefined)[]): DirectoryEntry {
    const endpoints = versions.map((fhirVersion) => ({
      address: `${base}/${fhirVersion ?? 'any'}`,
      transactions: ['FHIR REST'],
      fhirVersion,
    }))
    return { id: '1.2.3', oid: '1.2.3', name: 'x', active: true, endpoints, resource: {} }
  }
  const listing = (...versions: readonly (string | undefined)[]) => ({
    directory: { read: () => Promise.resolve(entryOf(...versions)) },
  })
  const byAddress = {
    metadata: ({ url }: { url: string }) =>
      statement({ token: tokenEndpoint, version: url.includes('/3.0') ? '3.0.2' : '4.0.1' }),
  }

  test('the endpoint is chosen by the version that is wanted', async () => {
    const { client, seen } = await world(byAddress, listing('3.0.2', '4.0.1'))
    expect((await client.organization('1.2.3')).endpoint.address).toBe(`${base}/4.0.1`)
    expect((await client.organization('1.2.3', STU3)).endpoint.address).toBe(`${base}/3.0.2`)
    expect(new Set(seen.map(({ url }) => url.split('/')[4]))).toEqual(new Set(['4.0.1', '3.0.2']))
  })

  test('an entry with the other version alone has no usable endpoint, and nothing is asked', async () => {
    for (const version of ['3.0.1', '4.0.1']) {
      const { client, seen } = await world(byAddress, listing(version))
      const error = await failure(
        version === '3.0.1' ? client.organization('1.2.3') : client.organization('1.2.3', STU3),
      )
      expect(error.code).toBe('ERR_CQ_NO_USABLE_ENDPOINT')
      expect(error.message).toContain(`it supports FHIR ${version.slice(0, 3)}`)
      expect(seen).toEqual([])
    }
  })

  test('an endpoint without a version is asked which one it speaks', async () => {
    const { client } = await world(speaking('3.0.2'), listing(undefined))
    expect(await failure(client.organization('1.2.3'))).toMatchObject({
      code: 'ERR_CQ_UNSUPPORTED_SERVER',
      organization: '1.2.3',
    })
    const responder = await client.organization('1.2.3', STU3)
    expect(responder.capabilities.fhirVersion).toBe('3.0.2')
  })
})

test('a client of one server gives the types of its version, and converts nothing', async () => {
  const stu3 = { resourceType: 'Patient', id: '1', animal: { species: { text: 'cat' } } }
  const { fetch } = recording(({ url }) =>
    fhir(200, url.includes('$match') ? bundle([{ resource: stu3 }]) : stu3),
  )
  const patients = new FhirPatientClient({ baseUrl: base, fetch, fhirVersion: 'STU3' })
  const [match]: readonly PatientMatch<'STU3'>[] = await patients.match({ birthDate: '1931-02-17' })
  expect(match?.resource.animal?.species.text).toBe('cat')
  expect(await patients.vread('1', '2')).toEqual(stu3)
})

/** Compiled, never run: each line fails to compile as soon as its mistake is no longer one. */
export async function fhirVersionMistakes(r4: Responder, stu3: Responder<'STU3'>): Promise<void> {
  const keep = (value: unknown): unknown => value
  const [ours, theirs] = [await r4.patients.read('1'), await stu3.patients.read('1')]
  // @ts-expect-error R4 has no animals
  keep(ours.animal)
  keep(theirs.animal)
  // @ts-expect-error STU3 knows no ServiceRequest
  await stu3.fhir.read('ServiceRequest', '1')
  // @ts-expect-error R4 knows no ProcedureRequest
  await r4.fhir.read('ProcedureRequest', '1')
  // @ts-expect-error a misspelt type
  r4.fhir.search('Observations', { code: 'x' })
  const bundled = await r4.fhir.operation('x', { returns: 'Bundle' })
  // @ts-expect-error another resource than the operation is said to give
  keep(bundled?.parameter)
  const [match] = await r4.patients.match({ birthDate: '1946' })
  // @ts-expect-error a grade that FHIR does not have
  keep(match?.grade === 'sure')
  // @ts-expect-error a type that $everything cannot be narrowed to
  r4.patients.everything('1', { _type: ['Observations'] })
  // @ts-expect-error an STU3 responder is none of R4
  keep(stu3 satisfies Responder)
}

test('the mistakes above are compiled by the type check', () => {
  expect(fhirVersionMistakes).toBeTypeOf('function')
})
