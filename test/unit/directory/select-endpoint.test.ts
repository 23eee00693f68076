import { describe, expect, test } from 'vitest'
import type { DirectoryEndpoint, DirectoryEntry } from '../../../src/directory/entry.ts'
import { chooseEndpoint, describeVerdict } from '../../../src/directory/select-endpoint.ts'
import { UrlPolicy } from '../../../src/http/url-policy.ts'

const strict = new UrlPolicy({})

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
const taken = (...endpoints: DirectoryEndpoint[]): string | undefined =>
  chooseEndpoint(entry(...endpoints), strict)
    .endpoint?.address.split('/')
    .at(-1)
const words = (...endpoints: DirectoryEndpoint[]): readonly string[] =>
  chooseEndpoint(entry(...endpoints), strict).verdicts.map((verdict) => describeVerdict(verdict))

describe('which endpoint is taken', () => {
  test('the FHIR one beside IHE ones, wherever it stands', () => {
    const ihe = unknown({ transactions: ['XCPD ITI-55'], connectionTypes: ['ihe-xcpd'] })
    expect(taken(ihe, fhir('a'), ihe)).toBe('a')
    expect(taken(fhir('a'), ihe)).toBe('a')
    expect(taken(ihe, ihe)).toBeUndefined()
  })

  test.each(['suspended', 'error', 'off', 'entered-in-error', 'test', 'Active', 'anything'])(
    'one of status %s is left',
    (status) => {
      expect(taken(fhir('a', { status }), fhir('b'))).toBe('b')
      expect(taken(fhir('a', { status }))).toBeUndefined()
      expect(words(fhir('a', { status }))).toEqual([
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
  ])('of FHIR %s and FHIR %s the right one', (first, second, expected) => {
    expect(taken(fhir('a', { fhirVersion: first }), fhir('b', { fhirVersion: second }))).toBe(
      expected,
    )
  })

  test('another version can be wanted', () => {
    const both = entry(fhir('a'), fhir('b', { fhirVersion: '3.0.2' }))
    expect(chooseEndpoint(both, strict, '3.0').endpoint?.address).toMatch(/b$/)
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
  ])('one at %j is left, and its user info is not shown', (address) => {
    const { endpoint, verdicts } = chooseEndpoint(entry(fhir('a', { address })), strict)
    expect(endpoint).toBeUndefined()
    expect(verdicts[0]?.why).toMatch(/^its address may not be asked, /)
    expect(verdicts.map((verdict) => describeVerdict(verdict)).join()).not.toContain('secret')
    expect(taken(fhir('a', { address }), fhir('b'))).toBe('b')
  })

  test('the policy of the client decides about addresses', () => {
    const policy = new UrlPolicy({ allowedPrivateHosts: ['ehr.internal'] })
    const inside = entry(fhir('a', { address: 'https://ehr.internal/r4' }))
    expect(chooseEndpoint(inside, policy).endpoint).toBeDefined()
    const listed = new UrlPolicy({ allowedOrigins: ['https://other.example'] })
    expect(chooseEndpoint(entry(fhir('a')), listed).endpoint).toBeUndefined()
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
  ])('%s %s is FHIR REST', (where, code) => {
    const endpoint = fhir('a', { transactions: [], [where]: ['something', code] })
    expect(taken(unknown({ name: 'x' }), endpoint)).toBe('a')
  })

  test.each(['FHIR', 'REST', 'rest-hook', 'hl7-fhir-msg', 'FHIR RESTRICTED', 'NFHIR REST'])(
    'transaction %s is not',
    (code) => {
      expect(taken(fhir('a', { transactions: [code] }), unknown())).toBeUndefined()
    },
  )
})

describe('the guess', () => {
  test('takes a single https endpoint of unknown kind and says so', () => {
    expect(taken(unknown())).toBe('api')
    expect(taken(unknown({ name: 'Directory of the Directors', payloads: ['any'] }))).toBe('api')
    expect(taken(unknown({ connectionTypes: ['rest-hook'], fhirVersion: 'R4' }))).toBe('api')
    expect(words(unknown())).toEqual([
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
  ])('leaves %j', (parts) => {
    expect(taken(unknown(parts))).toBeUndefined()
  })

  test('is not made where there are two, whatever the second one is', () => {
    expect(taken(unknown(), unknown())).toBeUndefined()
    expect(taken(unknown(), unknown({ status: 'off' }))).toBeUndefined()
    expect(taken()).toBeUndefined()
  })
})

describe('verdicts', () => {
  test('tell about every endpoint in words, in document order', () => {
    expect(
      words(
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
    expect(words(fhir('a', { fhirVersion: undefined, status: undefined }))).toEqual([
      'https://fhir.example/a taken: FHIR REST, no FHIR version given, no status given',
    ])
  })

  test('repeat no text that could break a log line', () => {
    const shown = words(
      fhir('a', { fhirVersion: 'x\nforged: line' }),
      unknown({ transactions: ['evil\nforged: line'] }),
      fhir('b', { fhirVersion: `${'9'.repeat(5000)}.0` }),
    ).join(' ')
    expect(shown).not.toMatch(/forged|9999/)
  })
})
