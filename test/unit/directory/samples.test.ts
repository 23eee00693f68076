import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { DirectoryEndpoint, DirectoryEntry } from '../../../src/directory/model.ts'
import type { DirectoryPage } from '../../../src/directory/page.ts'
import { selectEndpoint } from '../../../src/directory/select-endpoint.ts'
import { jsonAnswer, wire, xmlAnswer } from '../../support/answering-fetch.ts'
import { directoryOf, organization } from '../../support/directory-wire.ts'

const folder = fileURLToPath(new URL('../../../../shared/samples/', import.meta.url))
const absent = !existsSync(folder)
if (absent) console.info(`directory/samples.test.ts did not run: there is no ${folder}`)
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

const KANSAS_CITY = { latitude: 39.0997, longitude: -94.5786 }
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
      purpose: 'Operations',
      name: 'Pat Example',
      telecom: [
        { system: 'email', value: 'ops@example.org' },
        { system: 'phone', value: '555-0100' },
      ],
    },
  ],
  addresses: [
    {
      use: undefined,
      text: '1 Example Way Kansas City MO 64117 US',
      lines: ['1 Example Way'],
      city: 'Kansas City',
      state: 'MO',
      postalCode: '64117',
      country: 'US',
      position: KANSAS_CITY,
    },
  ],
  position: KANSAS_CITY,
  managingOrganization: '2.16.840.1.113883.3.13',
  domains: ['CQ'],
  purposesOfUse: [],
  lastUpdated: '2025-09-01T12:00:00.000Z',
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
  id: '2.16.840.1.113883.3.13',
  oid: '2.16.840.1.113883.3.13',
  name: 'Example Implementer',
  types: ['Implementer'],
  partOf: undefined,
  endpoints: [
    r4Endpoint({
      address: 'https://ihe.example.org/xcpd',
      name: 'XCPD ITI-55',
      connectionTypes: ['ihe-xcpd'],
      transactions: ['XCPD ITI-55'],
      fhirVersion: '2.0',
    }),
  ],
})
const hospital = r4({
  id: '2.16.840.1.113883.3.13.1',
  oid: '2.16.840.1.113883.3.13.1',
  name: 'Example Hospital',
  types: ['Connection'],
  partOf: '2.16.840.1.113883.3.13',
  endpoints: [
    r4Endpoint({ address: 'https://fhir.example.org/r4/0b8a0111', fhirVersion: '4.0.1' }),
    r4Endpoint({
      address: 'https://fhir.example.org/stu3/0b8a0111',
      fhirVersion: '3.0.1',
      status: 'off',
    }),
  ],
})
const clinic = r4({
  id: '2.16.840.1.113883.3.13.2',
  oid: '2.16.840.1.113883.3.13.2',
  name: 'Inactive Clinic',
  active: false,
  types: ['Connection'],
  partOf: '2.16.840.1.113883.3.13',
  endpoints: [],
})

describe.skipIf(absent)('the legacy directory', () => {
  const connectathon = {
    id: '2.16.840.1.113883.3.13.1',
    oid: '2.16.840.1.113883.3.13.1',
    name: 'Example Connectathon Server',
    aliases: [],
    active: true,
    types: ['Connection'],
    position: KANSAS_CITY,
    partOf: '2.16.840.1.113883.3.13',
    managingOrganization: '2.16.840.1.113883.3.13',
    domains: [],
    purposesOfUse: [],
    lastUpdated: '2020-05-14T23:23:01.625+00:00',
    unreadable: [],
  }
  const address = {
    text: undefined,
    lines: ['1 Example Way'],
    city: 'Kansas City',
    state: 'MO',
    postalCode: '64117',
    country: 'USA',
    position: KANSAS_CITY,
  }
  const fhir = {
    address: 'https://fhir.example.org/r4/0b8a0111/',
    name: 'FHIR R4',
    connectionTypes: ['rest-hook'],
    transactions: ['FHIR REST'],
    status: undefined,
  }

  test('stu3-organization.xml', async () => {
    expect(await read('synthetic/stu3-organization.xml', '2.16.840.1.113883.3.13.1')).toEqual({
      ...connectathon,
      contacts: [
        {
          purpose: 'Operations',
          name: 'Pat Example',
          telecom: [{ system: 'email', value: 'ops@example.org' }],
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

  test('stu3-bundle-naive-json.json, which has no id: the identifier is one', async () => {
    const page = await search('synthetic/stu3-bundle-naive-json.json')
    expect(models(page)).toEqual([
      {
        ...connectathon,
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
    const xml = wire(() => answer('synthetic/stu3-organization.xml'))
    const { entries } = await search('synthetic/stu3-bundle-naive-json.json')
    for (const entry of [await directoryOf(xml).read(connectathon.oid), ...entries]) {
      expect(await selectEndpoint(entry)).toMatchObject({
        endpoint: { address: fhir.address },
        guessed: false,
      })
    }
    expect(entries).toHaveLength(1)
  })
})

describe.skipIf(absent)('R4 pages', () => {
  test('r4-directory-page1.json', async () => {
    const page = await search('synthetic/r4-directory-page1.json')
    expect(models(page)).toEqual([implementer, hospital])
    expect({ ...page, entries: 0 }).toEqual({
      entries: 0,
      total: 3,
      next: 'https://directory.example.org/fhir?_getpages=0f1e2d&_getpagesoffset=2&_count=2&_bundletype=searchset',
      unreadable: [],
      outcomes: [],
      warnings: [],
    })
  })

  test('r4-directory-page2.json, the last', async () => {
    const page = await search('synthetic/r4-directory-page2.json')
    expect(models(page)).toEqual([clinic])
    expect({ ...page, entries: 0 }).toEqual({
      entries: 0,
      total: 3,
      unreadable: [],
      outcomes: [],
      warnings: [],
    })
  })

  test('r4-directory-page-with-outcome.json', async () => {
    const page = await search('synthetic/r4-directory-page-with-outcome.json')
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
      answer(`synthetic/r4-directory-page${url.includes('_getpages=0f1e2d') ? 2 : 1}.json`),
    )
    const listing = directoryOf(to, { baseUrl: 'https://directory.example.org/fhir' }).entries({
      count: 2,
    })
    const found: object[] = []
    for await (const entry of listing) found.push(modelOf(entry))
    expect(found).toEqual([implementer, hospital, clinic])
    expect(listing.account).toMatchObject({ seen: 3, pages: 2, total: 3, complete: true })
    expect(to.requests.map(({ url }) => url)).toEqual([
      'https://directory.example.org/fhir/Organization?_count=2&_sort=_id',
      'https://directory.example.org/fhir?_getpages=0f1e2d&_getpagesoffset=2&_count=2&_bundletype=searchset',
    ])
  })

  test('the hospital is asked at its R4 address, the inactive clinic nowhere', async () => {
    const [, found] = (await search('synthetic/r4-directory-page1.json')).entries
    const [closed] = (await search('synthetic/r4-directory-page2.json')).entries
    if (found === undefined || closed === undefined) throw new Error('no entry')
    const { endpoint: taken, alternatives } = await selectEndpoint(found)
    expect(taken?.address).toBe('https://fhir.example.org/r4/0b8a0111')
    expect(alternatives).toEqual([])
    expect((await selectEndpoint(closed)).endpoint).toBeUndefined()
  })
})

describe.skipIf(absent)('the TEFCA directory', () => {
  test('rce-organization-qhin.json', async () => {
    expect(await read('directory/rce-organization-qhin.json', 'QHIN-example')).toEqual({
      id: 'QHIN-example',
      oid: undefined, // 5.5.5.5 is none: the first arc is 0, 1 or 2
      name: 'RCE QHIN Example',
      aliases: [],
      active: false,
      types: ['QHIN'],
      contacts: [
        {
          purpose: 'ADMIN',
          name: 'Family, Given',
          telecom: [
            { system: 'phone', value: '555-555-5555' },
            { system: 'email', value: 'test21@test.com' },
          ],
        },
      ],
      addresses: [
        {
          use: 'work',
          text: 'Primary',
          lines: ['200 Main St.'],
          city: 'Austin',
          state: 'TX',
          postalCode: '2472',
          country: 'US',
          position: { latitude: 30.4159542, longitude: -97.7047386 },
        },
      ],
      position: { latitude: 30.4159542, longitude: -97.7047386 },
      partOf: undefined,
      managingOrganization: 'QHIN-example',
      domains: ['RCE'],
      purposesOfUse: [],
      lastUpdated: undefined,
      endpoints: [],
      unreadable: [],
    })
  })

  test('rce-endpoint-fhir-rest.json, as a resource that an Organization refers to', async () => {
    const to = wire(({ url }) =>
      url.endsWith('/Endpoint/RCE-orgEndpoint')
        ? answer('directory/rce-endpoint-fhir-rest.json')
        : jsonAnswer(
            organization('2.999.1', { endpoint: [{ reference: 'Endpoint/RCE-orgEndpoint' }] }),
          ),
    )
    const { endpoints, unreadable } = await directoryOf(to).read('2.999.1')
    expect(unreadable).toEqual([])
    expect(endpoints).toEqual([
      {
        address: 'https://example.org/fhir',
        source: 'referenced',
        name: 'FHIR REST Endpoint',
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
