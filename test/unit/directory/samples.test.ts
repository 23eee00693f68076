import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { DirectoryEndpoint, DirectoryEntry } from '../../../src/directory/model/model.ts'
import type { DirectoryPage } from '../../../src/directory/pages/page.ts'
import { selectEndpoint } from '../../../src/directory/select/select-endpoint.ts'
import { jsonAnswer, wire, xmlAnswer } from '../../support/answering-fetch.ts'
import { directoryOf, organization } from '../../support/directory-wire.ts'

const folder = fileURLToPath(new URL('../../fixtures/directory/', import.meta.url))
const sample = (name: string): string => readFileSync(`${folder}${name}`, 'utf8')
const answer = (name: string): Response =>
  name.endsWith('.xml') ? xmlAnswer(sample(name)) : jsonAnswer(sample(name))

/** The model of an entry without the resource as it came, which must be there. */
function modelOf({ resource, ...model }: DirectoryEntry): object {
  expect(resource).toBeTypeOf('object')
  return model
}

async function read(name: string, id: string): Promise<object> {
  return modelOf(await directoryOf(wire(() => answer(name))).read(id))
}

const search = (name: string): Promise<DirectoryPage> =>
  directoryOf(wire(() => answer(name))).search({})
const models = ({ entries }: DirectoryPage): readonly object[] => entries.map(modelOf)

const IOWA_CITY = { latitude: 41.6, longitude: -91.5 }
const endpoint = (parts: Partial<DirectoryEndpoint>): object => ({
  source: 'contained',
  purposesOfUse: [],
  roles: [],
  downtime: [],
  ...parts,
})

/** What the three organizations on the R4 pages have in common. */
const r4 = (parts: object): object => ({
  aliases: [],
  active: true,
  contacts: [
    {
      purpose: 'Support',
      name: 'Sam Specimen',
      telecom: [
        { system: 'email', value: 'help@juniper.example' },
        { system: 'phone', value: '555-0178' },
      ],
    },
  ],
  addresses: [
    {
      use: undefined,
      text: '3 Juniper Lane Iowa City IA 52240 US',
      lines: ['3 Juniper Lane'],
      city: 'Iowa City',
      state: 'IA',
      postalCode: '52240',
      country: 'US',
      position: IOWA_CITY,
    },
  ],
  position: IOWA_CITY,
  managingOrganization: '2.999.78',
  domains: ['CQ'],
  purposesOfUse: [],
  lastUpdated: '2026-02-03T04:05:06.000Z',
  unreadable: [],
  ...parts,
})
const r4Endpoint = (parts: object): object =>
  endpoint({
    name: 'FHIR REST',
    connectionTypes: ['hl7-fhir-rest'],
    transactions: ['FHIR REST'],
    payloads: ['any'],
    status: 'active',
    purposesOfUse: ['TREATMENT'],
    ...parts,
  })

const implementer = r4({
  id: '2.999.78',
  oid: '2.999.78',
  name: 'Juniper Network',
  types: ['Implementer'],
  partOf: undefined,
  endpoints: [
    r4Endpoint({
      address: 'https://ihe.juniper.example/xcpd',
      name: 'XCPD ITI-55',
      connectionTypes: ['ihe-xcpd'],
      transactions: ['XCPD ITI-55'],
      fhirVersion: '2.0',
    }),
  ],
})
const hospital = r4({
  id: '2.999.78.1',
  oid: '2.999.78.1',
  name: 'Juniper Hospital',
  types: ['Connection'],
  partOf: '2.999.78',
  endpoints: [
    r4Endpoint({ address: 'https://fhir.juniper.example/r4', fhirVersion: '4.0.1' }),
    r4Endpoint({
      address: 'https://fhir.juniper.example/stu3',
      fhirVersion: '3.0.1',
      status: 'off',
    }),
  ],
})
const clinic = r4({
  id: '2.999.78.2',
  oid: '2.999.78.2',
  name: 'Juniper Clinic (closed)',
  active: false,
  types: ['Connection'],
  partOf: '2.999.78',
  endpoints: [],
})

describe('the legacy directory', () => {
  const HELENA = { latitude: 46.6, longitude: -112 }
  const larch = {
    id: '2.999.79.1',
    oid: '2.999.79.1',
    name: 'Larch Hospital',
    aliases: [],
    active: true,
    types: ['Connection'],
    position: HELENA,
    partOf: '2.999.79',
    managingOrganization: '2.999.79',
    domains: [],
    purposesOfUse: [],
    lastUpdated: '2026-02-03T04:05:06.007+00:00',
    unreadable: [],
  }
  const address = {
    text: undefined,
    lines: ['8 Larch Street'],
    city: 'Helena',
    state: 'MT',
    postalCode: '59601',
    country: 'USA',
    position: HELENA,
  }
  const fhir = {
    address: 'https://fhir.larch.example/r4/',
    name: 'Larch R4',
    connectionTypes: ['rest-hook'],
    transactions: ['FHIR REST'],
    status: undefined,
  }

  test('stu3-organization.xml', async () => {
    expect(await read('stu3-organization.xml', '2.999.79.1')).toEqual({
      ...larch,
      contacts: [
        {
          purpose: 'Support',
          name: 'Sam Specimen',
          telecom: [{ system: 'email', value: 'help@larch.example' }],
        },
      ],
      addresses: [{ ...address, use: 'work' }],
      endpoints: [
        endpoint({
          ...fhir,
          payloads: ['application/json'],
          fhirVersion: '4.0.1',
          purposesOfUse: ['Treatment'],
          roles: ['All'],
        }),
      ],
    })
  })

  test('stu3-bundle-naive.json, which has no id: the identifier is one', async () => {
    const page = await search('stu3-bundle-naive.json')
    expect(models(page)).toEqual([
      {
        ...larch,
        contacts: [],
        addresses: [{ ...address, use: undefined }],
        endpoints: [endpoint({ ...fhir, payloads: [], fhirVersion: undefined })],
      },
    ])
    expect({ ...page, entries: 0 }).toEqual({
      entries: 0,
      total: 1,
      unreadable: [],
      outcomes: [],
      warnings: [],
    })
  })

  test('both say where the records are', async () => {
    const xml = wire(() => answer('stu3-organization.xml'))
    const { entries } = await search('stu3-bundle-naive.json')
    for (const entry of [await directoryOf(xml).read(larch.oid), ...entries]) {
      expect(await selectEndpoint(entry)).toMatchObject({
        endpoint: { address: fhir.address },
        guessed: false,
      })
    }
    expect(entries).toHaveLength(1)
  })
})

describe('R4 pages', () => {
  test('directory-page-1.json', async () => {
    const page = await search('directory-page-1.json')
    expect(models(page)).toEqual([implementer, hospital])
    expect({ ...page, entries: 0 }).toEqual({
      entries: 0,
      total: 3,
      next: 'https://directory.juniper.example/fhir?_getpages=7c5b3a&_getpagesoffset=2&_count=2&_bundletype=searchset',
      unreadable: [],
      outcomes: [],
      warnings: [],
    })
  })

  test('directory-page-2.json, the last', async () => {
    const page = await search('directory-page-2.json')
    expect(models(page)).toEqual([clinic])
    expect({ ...page, entries: 0 }).toEqual({
      entries: 0,
      total: 3,
      unreadable: [],
      outcomes: [],
      warnings: [],
    })
  })

  test('directory-page-with-outcome.json', async () => {
    const page = await search('directory-page-with-outcome.json')
    expect(models(page)).toEqual([hospital])
    expect({ ...page, entries: 0 }).toEqual({
      entries: 0,
      total: 1,
      unreadable: [],
      outcomes: ['not-supported'],
      warnings: [],
    })
  })

  test('both pages one after the other are a directory of three, whole', async () => {
    const to = wire(({ url }) =>
      answer(`directory-page-${url.includes('_getpages=7c5b3a') ? 2 : 1}.json`),
    )
    const listing = directoryOf(to, { baseUrl: 'https://directory.juniper.example/fhir' }).entries({
      count: 2,
    })
    const found: object[] = []
    for await (const entry of listing) found.push(modelOf(entry))
    expect(found).toEqual([implementer, hospital, clinic])
    expect(listing.account).toMatchObject({ seen: 3, pages: 2, total: 3, complete: true })
    expect(to.requests.map(({ url }) => url)).toEqual([
      'https://directory.juniper.example/fhir/Organization?_count=2&_sort=_id',
      'https://directory.juniper.example/fhir?_getpages=7c5b3a&_getpagesoffset=2&_count=2&_bundletype=searchset',
    ])
  })

  test('the hospital is asked at its R4 address, the inactive clinic nowhere', async () => {
    const [, found] = (await search('directory-page-1.json')).entries
    const [closed] = (await search('directory-page-2.json')).entries
    if (found === undefined || closed === undefined) throw new Error('no entry')
    const { endpoint: taken, alternatives } = await selectEndpoint(found)
    expect(taken?.address).toBe('https://fhir.juniper.example/r4')
    expect(alternatives).toEqual([])
    expect((await selectEndpoint(closed)).endpoint).toBeUndefined()
  })
})

describe('the TEFCA directory', () => {
  test('rce-organization.json', async () => {
    expect(await read('rce-organization.json', 'QHIN-birch')).toEqual({
      id: 'QHIN-birch',
      oid: undefined, // 7.7.7.7 is none: the first arc is 0, 1 or 2
      name: 'Birch QHIN',
      aliases: [],
      active: false,
      types: ['QHIN'],
      contacts: [
        {
          purpose: 'ADMIN',
          name: 'Specimen, Sam',
          telecom: [
            { system: 'phone', value: '555-0179' },
            { system: 'email', value: 'desk@birch.example' },
          ],
        },
      ],
      addresses: [
        {
          use: 'work',
          text: 'Main',
          lines: ['5 Birch Way'],
          city: 'Madison',
          state: 'WI',
          postalCode: '5370',
          country: 'US',
          position: { latitude: 43.07, longitude: -89.4 },
        },
      ],
      position: { latitude: 43.07, longitude: -89.4 },
      partOf: undefined,
      managingOrganization: 'QHIN-birch',
      domains: ['RCE'],
      purposesOfUse: [],
      lastUpdated: undefined,
      endpoints: [],
      unreadable: [],
    })
  })

  test('rce-endpoint.json, as a resource that an Organization refers to', async () => {
    const to = wire(({ url }) =>
      url.endsWith('/Endpoint/birch-way')
        ? answer('rce-endpoint.json')
        : jsonAnswer(organization('2.999.1', { endpoint: [{ reference: 'Endpoint/birch-way' }] })),
    )
    const { endpoints, unreadable } = await directoryOf(to).read('2.999.1')
    expect(unreadable).toEqual([])
    expect(endpoints).toEqual([
      {
        address: 'https://fhir.birch.example/r4',
        source: 'referenced',
        name: 'Birch FHIR',
        connectionTypes: ['hl7-fhir-rest'],
        transactions: ['FHIR REST'],
        payloads: ['any'],
        fhirVersion: '4.0.1',
        status: 'active',
        purposesOfUse: [],
        roles: ['112247003'],
        downtime: [],
      },
    ])
  })
})
