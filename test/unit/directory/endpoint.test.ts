import { describe, expect, test } from 'vitest'
import { readEndpoint } from '../../../src/directory/model/endpoint.ts'
import type { DirectoryEndpoint } from '../../../src/directory/model/model.ts'

const SPHD = 'https://sequoiaproject.org/fhir/sphd/StructureDefinition/'
const MAIN = 'https://sequoiaproject.org/StructureDefinition/Endpoint/main/1.0.0'

const read = (parts: object): DirectoryEndpoint => {
  const found = readEndpoint({ address: 'https://a.example', ...parts }, 'contained')
  if (found === undefined) throw new Error('it was not read')
  return found
}
const extended = (...extension: object[]): DirectoryEndpoint => read({ extension })

test('an Endpoint of an address alone has empty lists and nothing else', () => {
  expect(readEndpoint({ address: ' https://a.example\n' }, 'referenced')).toEqual({
    address: 'https://a.example',
    source: 'referenced',
    name: undefined,
    connectionTypes: [],
    transactions: [],
    payloads: [],
    fhirVersion: undefined,
    status: undefined,
    purposesOfUse: [],
    roles: [],
    downtime: [],
  })
})

test.each([undefined, null, '', ' \n', {}, [], ['https://a.example'], { value: {} }])(
  'an address of %j is none, and so there is no endpoint',
  (address) => {
    expect(readEndpoint({ address }, 'contained')).toBeUndefined()
  },
)

test.each([undefined, null, 'Endpoint', 7, [], [{ address: 'https://a.example' }]])(
  '%j is no endpoint',
  (node) => {
    expect(readEndpoint(node, 'contained')).toBeUndefined()
  },
)

/** How an extension of one code is written, by spelling. */
const written = (name: string, code: string): readonly [string, object][] => [
  [
    'R4, CodeableConcept',
    { url: SPHD + name, valueCodeableConcept: { coding: [{ system: 'x', code }] } },
  ],
  ['R4, Coding', { url: SPHD + name, valueCoding: { system: 'x', code } }],
  ['R4, code', { url: SPHD + name, valueCode: code }],
  ['R4, text', { url: SPHD + name, valueCodeableConcept: { text: code } }],
  ['R4, in lower case', { url: `${SPHD}${name}`.toLowerCase(), valueString: code }],
  ['R4, in capitals, with white space', { url: ` ${SPHD}${name} `.toUpperCase(), valueUri: code }],
  [
    'legacy, in the outer extension',
    {
      url: MAIN,
      extension: [
        { url: 'UseCases', valueCodeableConcept: { coding: { value: { value: 'other' } } } },
        { url: name, valueCodeableConcept: { coding: { value: { value: code } } } },
      ],
    },
  ],
  [
    'legacy, bare and single',
    { url: MAIN, extension: { url: name, valueString: { value: code } } },
  ],
]

describe('extensions', () => {
  describe.each([
    ['Transaction', 'transactions'],
    ['PurposesOfUse', 'purposesOfUse'],
    ['Roles', 'roles'],
  ] as const)('%s', (name, where) => {
    test.each(written(name, 'the code'))('%s', (_, extension) => {
      expect(extended(extension)[where]).toEqual(['the code'])
      expect(read({ extension })[where]).toEqual(['the code'])
    })

    test('several are one list, in document order', () => {
      const [first, second] = written(name, 'b')
      expect(
        extended(
          { url: name, valueCodeableConcept: { coding: [{ code: 'a', display: 'A' }] } },
          { url: 'Actor', valueString: 'other' },
          first?.[1] ?? {},
          second?.[1] ?? {},
        )[where],
      ).toEqual(['a', 'A', 'b', 'b'])
    })

    test.each([{}, { valueString: '' }, { valueCodeableConcept: null }, { valueInteger: 7 }])(
      'one of %j says nothing',
      (value) => {
        expect(extended({ url: name, ...value })[where]).toEqual([])
      },
    )
  })

  test.each(written('Version', '4.0.1'))('Version: %s', (_, extension) => {
    expect(extended(extension).fhirVersion).toBe('4.0.1')
  })

  test('the first Version that says something counts', () => {
    expect(
      extended(
        { url: 'Version', valueString: ' ' },
        { url: 'Version', valueString: '3.0.1' },
        { url: 'Version', valueString: '4.0.1' },
      ).fhirVersion,
    ).toBe('3.0.1')
  })

  test.each(['NotTransaction', 'Transaction/1.0.0', 'Transactions', 'x#Transaction', ''])(
    'the URL %j is another one',
    (url) => {
      expect(extended({ url, valueString: 'FHIR REST' }).transactions).toEqual([])
    },
  )
})

describe('Downtime', () => {
  const downtimeOf = (...extension: object[]): unknown => extended(...extension).downtime

  test('periods and Timings, several of them, as they came', () => {
    const timing = { event: ['2026-06-01'], repeat: { count: 3 } }
    expect(
      downtimeOf(
        { url: `${SPHD}Downtime`, valuePeriod: { start: '2026-06-01', end: '2026-06-02' } },
        { url: 'downtime', valuePeriod: { start: { value: ' 2026-06-03T04:00:00Z ' } } },
        { url: MAIN, extension: { url: 'Downtime', valuePeriod: { end: { value: '2026' } } } },
        { url: 'DOWNTIME', valueTiming: timing },
      ),
    ).toEqual([
      { start: '2026-06-01', end: '2026-06-02' },
      { start: '2026-06-03T04:00:00Z', end: undefined },
      { start: undefined, end: '2026' },
      { timing },
    ])
  })

  test.each([{}, { valuePeriod: null }, { valueTiming: undefined }, { valueDateTime: '2026' }])(
    'of %j is none',
    (value) => {
      expect(downtimeOf({ url: 'Downtime', ...value })).toEqual([])
    },
  )

  test('of a period that is none cannot be told', () => {
    expect(downtimeOf({ url: 'Downtime', valuePeriod: 'tomorrow' })).toEqual([
      { start: undefined, end: undefined },
    ])
  })
})

describe('kinds', () => {
  test.each<[unknown, readonly string[]]>([
    [{ system: 'x', code: 'hl7-fhir-rest' }, ['hl7-fhir-rest']],
    [{ code: 'hl7-fhir-rest', display: 'HL7 FHIR' }, ['hl7-fhir-rest', 'HL7 FHIR']],
    [{ code: { value: 'ihe-xca' } }, ['ihe-xca']],
    [{ coding: [{ code: 'a' }, { code: 'b' }], text: 'c' }, ['a', 'b', 'c']],
    [
      [{ coding: { code: { value: 'a' } } }, { code: 'b' }],
      ['a', 'b'],
    ],
    ['plain', ['plain']],
    [{ value: 'plain' }, ['plain']],
    [{ value: { value: 'plain' } }, ['plain']],
    [
      [null, 7, true],
      ['7', 'true'],
    ],
    [{ system: 'x' }, []],
  ])('a connection type of %j is %j', (connectionType, expected) => {
    expect(read({ connectionType }).connectionTypes).toEqual(expected)
  })

  test('payload types come before media types', () => {
    expect(
      read({
        payloadMimeType: [{ value: 'application/fhir+json' }, 'application/json'],
        payloadType: [{ coding: [{ code: 'any' }] }, { text: 'all of it' }],
      }).payloads,
    ).toEqual(['any', 'all of it', 'application/fhir+json', 'application/json'])
  })

  test.each(['active', 'suspended', 'error', 'off', 'entered-in-error', 'test', 'Active'])(
    'status %s is read as published',
    (status) => {
      expect(read({ status }).status).toBe(status)
      expect(read({ status: { value: ` ${status} ` } }).status).toBe(status)
    },
  )
})
