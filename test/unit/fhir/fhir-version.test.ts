import { describe, expect, test } from 'vitest'
import { FhirPatientClient, type DirectoryEntry, type Responder } from '../../../src/index.ts'
import { FhirClient, type PatientMatch, type ResourceOf } from '../../../src/fhir/index.ts'
import { statement, tokenEndpoint, world } from '../../support/fake-responder.ts'
import { base, bundle, failure, fhir, recording } from '../../support/fhir-answers.ts'

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
export async function mistakes(r4: Responder, stu3: Responder<'STU3'>): Promise<void> {
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
  expect(mistakes).toBeTypeOf('function')
})
