import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { unwrap } from '../../../src/directory/answers.ts'
import { readEntry } from '../../../src/directory/entry.ts'
import type { DirectoryEntry } from '../../../src/directory/model.ts'
import { parseXml } from '../../../src/directory/xml.ts'

const fixture = (name: string): string =>
  readFileSync(new URL(`../../fixtures/directory/${name}`, import.meta.url), 'utf8')

async function entryIn(name: string): Promise<DirectoryEntry | undefined> {
  const text = fixture(name)
  const document: unknown = name.endsWith('.xml') ? await parseXml(text, {}) : JSON.parse(text)
  return readEntry(unwrap(document, 'Organization'))
}

const endpoint = (parts: object): object => ({ resourceType: 'Endpoint', ...parts })
const organization = (parts: object): object => ({
  resourceType: 'Organization',
  id: '2.999.1',
  ...parts,
})
const withEndpoint = (parts: object): DirectoryEntry['endpoints'][number] | undefined =>
  readEntry(organization({ contained: [endpoint({ address: 'https://a.example', ...parts })] }))
    ?.endpoints[0]

describe('one organization in four spellings', () => {
  test.each([
    'organization-legacy.xml',
    'organization-naive.json',
    'organization-stu3.json',
    'organization-r4.json',
  ])('%s gives the same model', async (name) => {
    const { resource, ...entry } = (await entryIn(name)) ?? {}
    const status = name === 'organization-r4.json' ? 'active' : undefined
    expect(entry).toMatchObject({
      id: '2.999.77.1',
      oid: '2.999.77.1',
      name: 'Cedar Valley & Lakes Hospital',
      active: true,
      partOf: '2.999.77',
      endpoints: [
        {
          address: 'https://ihe.cedar-valley.example/xcpd',
          name: 'Patient discovery',
          connectionTypes: ['ihe-xcpd'],
          transactions: ['XCPD ITI-55'],
          payloads: ['application/soap+xml'],
          fhirVersion: '2.0',
          status,
          purposesOfUse: ['Treatment'],
        },
        {
          address: 'https://fhir.cedar-valley.example:8443/r4/',
          name: 'Records',
          connectionTypes: ['hl7-fhir-rest'],
          transactions: ['FHIR REST'],
          payloads: ['application/fhir+json'],
          fhirVersion: '4.0.1',
          status,
          purposesOfUse: ['Treatment'],
        },
      ],
    })
    expect(resource).toBeTypeOf('object')
  })

  test('a namespace prefix changes nothing', async () => {
    const prefixed = fixture('organization-legacy.xml')
      .replace(/<(\/?)([A-Za-z])/g, '<$1f:$2')
      .replace('xmlns=', 'xmlns:f=')
    const entry = readEntry(unwrap(await parseXml(prefixed, {}), 'Organization'))
    expect(entry?.endpoints.map(({ address }) => address)).toEqual([
      'https://ihe.cedar-valley.example/xcpd',
      'https://fhir.cedar-valley.example:8443/r4/',
    ])
  })
})

describe('active', () => {
  test.each([
    [true, true],
    [false, false],
    ['true', true],
    ['false', false],
    [{ value: 'false' }, false],
    [{ value: true }, true],
    [undefined, undefined],
    [null, undefined],
    ['yes', undefined],
    [1, undefined],
    [[], undefined],
  ])('%j is %s', (active, expected) => {
    expect(readEntry(organization({ active }))?.active).toBe(expected)
  })
})

describe('id and OID', () => {
  test.each([
    ['the id, where it is an OID', { id: '2.999.1' }, '2.999.1', '2.999.1'],
    [
      'the identifier, where the id is another one',
      { id: 'org-1', identifier: [{ value: 'npi' }, { value: 'urn:oid:2.999.5' }] },
      'org-1',
      '2.999.5',
    ],
    [
      'the identifier, where there is no id, single object',
      { id: undefined, identifier: { value: { value: ' URN:OID:2.999.5 ' } } },
      '2.999.5',
      '2.999.5',
    ],
    ['no OID at all', { id: 'QHIN-example' }, 'QHIN-example', undefined],
    ['a number as id', { id: 17 }, '17', undefined],
  ])('comes from %s', (_, parts, id, oid) => {
    expect(readEntry(organization(parts))).toMatchObject({ id, oid })
  })

  test('without an id of any kind there is no entry', () => {
    expect(readEntry({ resourceType: 'Organization', name: 'Nobody' })).toBeUndefined()
    for (const odd of [undefined, null, 1, 'x', [], {}]) expect(readEntry(odd)).toBeUndefined()
  })
})

describe('partOf', () => {
  test.each([
    [{ reference: 'Organization/2.999' }, '2.999'],
    [{ reference: 'https://directory.example/fhir/Organization/2.999/_history/3' }, '2.999'],
    [{ reference: 'Organization/parent-1' }, 'parent-1'],
    [{ reference: 'urn:oid:2.999' }, '2.999'],
    [{ reference: { value: 'org.sequoiaproject.fhir.stu3/Organization/2.999' } }, '2.999'],
    [{ identifier: { value: 'urn:oid:2.999' } }, '2.999'],
    [{ identifier: [{ value: 'x' }, { value: { value: 'urn:oid:2.999' } }] }, '2.999'],
    [{ reference: 'Organization/', identifier: { value: 'urn:oid:2.999' } }, '2.999'],
    [{ display: 'somebody' }, undefined],
    ['Organization/2.999', undefined],
    [undefined, undefined],
  ])('%j is %s', (partOf, expected) => {
    expect(readEntry(organization({ partOf }))?.partOf).toBe(expected)
  })
})

describe('endpoints', () => {
  test('several Endpoints in one contained, a single one, and none with ids', () => {
    const addresses = (contained: unknown): unknown =>
      readEntry(organization({ contained }))?.endpoints.map(({ address }) => address)
    expect(addresses({ Endpoint: [{ address: 'a' }, { address: { value: 'b' } }] })).toEqual([
      'a',
      'b',
    ])
    expect(addresses([{ Endpoint: { address: 'a' } }, { Endpoint: { address: 'b' } }])).toEqual([
      'a',
      'b',
    ])
    expect(addresses(endpoint({ address: 'a' }))).toEqual(['a'])
    expect(addresses([{ resourceType: 'Location' }, null, 3, endpoint({ address: '  ' })])).toEqual(
      [],
    )
    expect(addresses(undefined)).toEqual([])
  })

  test('numbers, lists of one and lists of many are read alike', () => {
    expect(
      withEndpoint({
        status: { value: 'active' },
        name: 7,
        connectionType: [{ coding: [{ code: 'hl7-fhir-rest', display: 'FHIR' }] }, { text: 'x' }],
        payloadType: { coding: { code: 'any' } },
        payloadMimeType: ['application/json', 'application/fhir+json'],
        extension: { url: ' HTTPS://X.EXAMPLE/TRANSACTION ', valueCode: 'FHIR REST' },
      }),
    ).toMatchObject({
      name: '7',
      status: 'active',
      connectionTypes: ['hl7-fhir-rest', 'FHIR', 'x'],
      payloads: ['any', 'application/json', 'application/fhir+json'],
      transactions: ['FHIR REST'],
      fhirVersion: undefined,
    })
  })

  test('an extension is found one level deep and no deeper', () => {
    const deep = (levels: number): object =>
      levels === 0
        ? { url: 'Version', valueString: '4.0.1' }
        : { url: 'outer', extension: [deep(levels - 1)] }
    expect(withEndpoint({ extension: [deep(1)] })?.fhirVersion).toBe('4.0.1')
    expect(withEndpoint({ extension: [deep(2)] })?.fhirVersion).toBeUndefined()
  })

  test('odd kinds anywhere do not throw', () => {
    for (const odd of [null, 0, '', 'x', true, [], [[]], {}, [null], { value: { value: 1 } }]) {
      for (const name of ['connectionType', 'payloadType', 'extension', 'status', 'name']) {
        expect(withEndpoint({ [name]: odd })?.address).toBe('https://a.example')
      }
      for (const name of ['contained', 'identifier', 'partOf', 'active', 'name']) {
        expect(readEntry(organization({ [name]: odd }))?.id).toBe('2.999.1')
      }
    }
  })
})

describe('the resource in its answer', () => {
  test('is named by resourceType or by its wrapper, and another type is not taken for it', () => {
    const plain = { resourceType: 'Organization', id: 'a' }
    expect(unwrap(plain, 'Organization')).toBe(plain)
    expect(unwrap({ Organization: { id: 'a' } }, 'Organization')).toEqual({ id: 'a' })
    const outcome = { resourceType: 'OperationOutcome', Organization: { id: 'a' } }
    expect(unwrap(outcome, 'Organization')).toBeUndefined()
    expect(unwrap({ Organization: [plain] }, 'Organization')).toBeUndefined()
    expect(unwrap(JSON.parse('{"__proto__":{"Organization":{}}}'), 'Organization')).toBeUndefined()
  })
})
