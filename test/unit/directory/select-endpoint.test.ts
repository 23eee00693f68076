import { describe, expect, test } from 'vitest'
import type { DirectoryEndpoint, DirectoryEntry } from '../../../src/directory/model.ts'
import {
  describeCandidate,
  selectEndpoint,
  type EndpointSelection,
  type WantedEndpoint,
} from '../../../src/directory/select-endpoint.ts'

const entry = (...endpoints: DirectoryEndpoint[]): DirectoryEntry => ({
  id: '2.999.1',
  name: 'Clinic',
  active: true,
  endpoints,
  resource: {},
})
const fhir = (name: string, parts: Partial<DirectoryEndpoint> = {}): DirectoryEndpoint => ({
  address: `https://fhir.example/${name}`,
  transactions: ['FHIR REST'],
  fhirVersion: '4.0.1',
  status: 'active',
  ...parts,
})
const unknown = (parts: Partial<DirectoryEndpoint> = {}): DirectoryEndpoint => ({
  address: 'https://somewhere.example/api',
  ...parts,
})
const select = (
  endpoints: DirectoryEndpoint[],
  wanted?: WantedEndpoint,
): Promise<EndpointSelection> => selectEndpoint(entry(...endpoints), wanted)
const takenOf = ({ endpoint }: EndpointSelection): string | undefined =>
  endpoint?.address.split('/').at(-1)
const taken = async (...endpoints: DirectoryEndpoint[]): Promise<string | undefined> =>
  takenOf(await select(endpoints))
const words = async (...endpoints: DirectoryEndpoint[]): Promise<readonly string[]> =>
  (await select(endpoints)).candidates.map((one) => describeCandidate(one))

describe('which endpoint is taken', () => {
  test('the FHIR one beside IHE ones, wherever it stands', async () => {
    const ihe = unknown({ transactions: ['XCPD ITI-55'], connectionTypes: ['ihe-xcpd'] })
    expect(await taken(ihe, fhir('a'), ihe)).toBe('a')
    expect(await taken(fhir('a'), ihe)).toBe('a')
    expect(await taken(ihe, ihe)).toBeUndefined()
  })

  test.each(['suspended', 'error', 'off', 'entered-in-error', 'Active', 'anything'])(
    'one of status %s is left',
    async (status) => {
      expect(await taken(fhir('a', { status }), fhir('b'))).toBe('b')
      expect(await taken(fhir('a', { status }))).toBeUndefined()
      expect(await words(fhir('a', { status }))).toEqual([
        'https://fhir.example/a left: its status is not active',
      ])
    },
  )

  test.each([
    ['3.0.1', '4.0.1', 'b'],
    ['1.0.2', '4.0', 'b'],
    ['4.3.0', '4.0.1', 'b'],
    ['5.0.0', '4.0.1', 'b'],
    ['STU3', 'R4', 'b'],
    ['R4B', 'r4', 'b'],
    ['R5', '4', 'b'],
    ['DSTU2', '4.0.1', 'b'],
    ['4.0.0', '4.0.1', 'b'],
    ['4.0.1', '4.0.0', 'a'],
    ['4.0.1', '4.0.1', 'a'],
    [undefined, '4.0.0', 'b'],
    [undefined, 'R4', 'b'],
    ['not a version', 'R4', 'b'],
    ['4.0.0', undefined, 'a'],
    [undefined, undefined, 'a'],
    ['R4', '4.0.1', 'b'],
  ])('of FHIR %s and FHIR %s the right one', async (first, second, expected) => {
    expect(await taken(fhir('a', { fhirVersion: first }), fhir('b', { fhirVersion: second }))).toBe(
      expected,
    )
  })

  test('another version can be wanted', async () => {
    const both = [fhir('a'), fhir('b', { fhirVersion: '3.0.2' })]
    expect((await select(both, { fhirVersion: '3.0' })).endpoint?.address).toMatch(/b$/)
  })

  test.each([
    'http://fhir.example/r4',
    'https://10.1.2.3/r4',
    'https://localhost/r4',
    'https://[fd00::1]/r4',
    'https://ehr.internal/r4',
    'https://user:secret@fhir.example/r4',
    'https://fhir.example/r4#top',
    'https://fhir.example/r 4',
    'mailto:a@direct.example',
    'fhir.example/r4',
    '',
  ])('one at %j is left, and its user info is not shown', async (address) => {
    const { endpoint, candidates } = await select([fhir('a', { address })])
    expect(endpoint).toBeUndefined()
    expect(candidates[0]?.why).toMatch(/^its address may not be asked, /)
    expect(candidates.map((one) => describeCandidate(one)).join()).not.toContain('secret')
    expect(await taken(fhir('a', { address }), fhir('b'))).toBe('b')
  })

  test('the policy of the client decides about addresses', async () => {
    const inside = [fhir('a', { address: 'https://ehr.internal/r4' })]
    expect((await select(inside, { allowedPrivateHosts: ['ehr.internal'] })).endpoint).toBeDefined()
    const listed = { allowedOrigins: ['https://other.example'] }
    expect((await select([fhir('a')], listed)).endpoint).toBeUndefined()
  })

  test.each([
    ['transactions', 'FHIR REST'],
    ['transactions', 'fhir rest'],
    ['transactions', 'FHIR-REST'],
    ['transactions', 'FHIR_REST'],
    ['transactions', 'FHIRREST'],
    ['transactions', 'HL7 FHIR REST'],
    ['connectionTypes', 'hl7-fhir-rest'],
    ['connectionTypes', 'HL7-FHIR-REST'],
  ])('%s %s is FHIR REST', async (where, code) => {
    const endpoint = fhir('a', { transactions: [], [where]: ['something', code] })
    expect(await taken(unknown({ name: 'x' }), endpoint)).toBe('a')
  })

  test.each(['FHIR', 'REST', 'rest-hook', 'hl7-fhir-msg', 'FHIR RESTRICTED', 'NFHIR REST'])(
    'transaction %s is not',
    async (code) => {
      expect(await taken(fhir('a', { transactions: [code] }), unknown())).toBeUndefined()
    },
  )
})

describe('the guess', () => {
  test('takes a single https endpoint of unknown kind and says so', async () => {
    expect(await taken(unknown())).toBe('api')
    expect(await taken(unknown({ name: 'Directory of the Directors', payloads: ['any'] }))).toBe(
      'api',
    )
    expect(await taken(unknown({ connectionTypes: ['rest-hook'], fhirVersion: 'R4' }))).toBe('api')
    expect(await words(unknown())).toEqual([
      'https://somewhere.example/api taken: guessed, the only endpoint and of unknown kind, no FHIR version given, no status given',
    ])
  })

  test.each([
    { transactions: ['ITI-55'] },
    { transactions: ['ITI-38'] },
    { transactions: ['ITI 9'] },
    { transactions: ['ITI_41'] },
    { transactions: ['iti39'] },
    { transactions: ['XCPD'] },
    { transactions: ['XCA-I'] },
    { transactions: ['XDSb'] },
    { transactions: ['Direct Messaging'] },
    { connectionTypes: ['ihe-xcpd'] },
    { connectionTypes: ['ihe_xds'] },
    { connectionTypes: ['direct-project'] },
    { name: 'Our SOAP gateway' },
    { name: 'Soap12' },
    { name: 'DIRECT' },
    { payloads: ['application/soap+xml'] },
    { payloads: ['urn:ihe:pcc:xphr:2007'] },
    { status: 'off' },
    { status: 'test' },
    { fhirVersion: '3.0.1' },
    { address: 'http://somewhere.example/api' },
    { address: 'https://192.168.0.1/api' },
  ])('leaves %j', async (parts) => {
    expect(await taken(unknown(parts))).toBeUndefined()
  })

  test('is not made where there are two, whatever the second one is', async () => {
    expect(await taken(unknown(), unknown())).toBeUndefined()
    expect(await taken(unknown(), unknown({ status: 'off' }))).toBeUndefined()
    expect(await taken()).toBeUndefined()
  })
})

describe('verdicts', () => {
  test('tell about every endpoint in words, in document order', async () => {
    expect(
      await words(
        unknown({ transactions: ['XCA ITI-38'] }),
        fhir('old', { fhirVersion: '3.0.1' }),
        fhir('plain', { fhirVersion: undefined, status: undefined }),
        fhir('good'),
        unknown(),
      ),
    ).toEqual([
      'https://somewhere.example/api left: it is XCA ITI-38 and not FHIR REST',
      'https://fhir.example/old left: it speaks FHIR 3.0 and 4.0 is wanted',
      'https://fhir.example/plain left: another one comes first',
      'https://fhir.example/good taken: FHIR REST, FHIR 4.0.1, active',
      'https://somewhere.example/api left: it does not say that it is FHIR REST',
    ])
    expect(await words(fhir('a', { fhirVersion: undefined, status: undefined }))).toEqual([
      'https://fhir.example/a taken: FHIR REST, no FHIR version given, no status given',
    ])
  })

  test('repeat no text that could break a log line', async () => {
    const shown = (
      await words(
        fhir('a', { fhirVersion: 'x\nforged: line' }),
        unknown({ transactions: ['evil\nforged: line'] }),
        fhir('b', { fhirVersion: `${'9'.repeat(5000)}.0` }),
      )
    ).join(' ')
    expect(shown).not.toMatch(/forged|9999/)
  })
})
