import { describe, expect, test } from 'vitest'
import { directoryReleases } from '../../../src/directory/releases.ts'
import {
  searchQuery,
  type DirectorySearchParameters,
} from '../../../src/directory/search-parameters.ts'
import { failureOf, wire } from '../../support/answering-fetch.ts'
import { directoryOf, page } from '../../support/directory-wire.ts'

const r4 = directoryReleases['carequality-r4']

describe('search parameters', () => {
  test.each<[DirectorySearchParameters, string[]]>([
    [{}, []],
    [{ name: 'St. Mary' }, ['name=St. Mary']],
    [{ name: { contains: 'a,b|c$d\\e' } }, ['name:contains=a\\,b\\|c\\$d\\\\e']],
    [{ name: { exact: 'Clinic' } }, ['name:exact=Clinic']],
    [{ identifier: '2.999.1' }, ['identifier=urn:oid:2.999.1']],
    [{ identifier: ' URN:OID:2.999.1' }, ['identifier=urn:oid:2.999.1']],
    [{ identifier: 'npi-7' }, ['identifier=npi-7']],
    [{ identifier: { system: 'http://npi', value: 'a|b' } }, ['identifier=http://npi|a\\|b']],
    [{ active: false }, ['active=false']],
    [{ address: 'Main St' }, ['address=Main St']],
    [
      { address: { city: 'Ely', state: 'NV', postalCode: '89301', country: 'US' } },
      ['address-city=Ely', 'address-state=NV', 'address-postalcode=89301', 'address-country=US'],
    ],
    [{ partOf: 'urn:oid:2.999' }, ['partof=Organization/2.999']],
    [{ partOf: 'QHIN-1' }, ['partof=Organization/QHIN-1']],
    [{ lastUpdated: 'ge2026-01-01' }, ['_lastUpdated=ge2026-01-01']],
    [
      { lastUpdated: ['gt2026', 'le2026-06-01T12:00:00.5+02:00'] },
      ['_lastUpdated=gt2026', '_lastUpdated=le2026-06-01T12:00:00.5+02:00'],
    ],
    [{ count: 9.2 }, ['_count=10']],
  ])('%j are %j', (parameters, query) => {
    expect(searchQuery(parameters, r4).map(([name, value]) => `${name}=${value}`)).toEqual(query)
  })

  test('have the names of the release', () => {
    const release = { ...r4, activeParameter: '_active', paging: { count: 'limit' } }
    expect(searchQuery({ active: true, count: 5 }, release)).toEqual([
      ['_active', 'true'],
      ['limit', '5'],
    ])
  })

  test.each([
    ['name', { name: '' }],
    ['name', { name: { contains: 'a', exact: 'a' } }],
    ['name', { name: {} }],
    ['name', { name: ['a'] }],
    ['name.contains', { name: { contains: '' } }],
    ['name.exact', { name: { exact: 1 } }],
    ['identifier', { identifier: '' }],
    ['identifier.system', { identifier: { value: 'x' } }],
    ['identifier.value', { identifier: { system: 'x', value: '' } }],
    ['active', { active: 'yes' }],
    ['address', { address: '' }],
    ['address.city', { address: { city: 1 } }],
    ['partOf', { partOf: 'a b' }],
    ['partOf', { partOf: '' }],
    ['lastUpdated', { lastUpdated: 'yesterday' }],
    ['lastUpdated', { lastUpdated: ['ge2026', 7] }],
    ['lastUpdated', { lastUpdated: 'xx2026' }],
    ['count', { count: -1 }],
    ['parameters', []],
  ])('a wrong "%s" is a TypeError, and nothing is sent', async (option, parameters) => {
    const to = wire(() => page([]))
    const error = await failureOf(directoryOf(to).search(parameters as never))
    expect(error).toBeInstanceOf(TypeError)
    expect((error as Error).message).toContain(`"${option}"`)
    expect(to.requests).toHaveLength(0)
  })
})
