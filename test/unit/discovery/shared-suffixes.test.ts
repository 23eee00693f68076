import { getPublicSuffix } from 'tldts'
import { expect, test } from 'vitest'
import {
  DEEPER_PLATFORMS,
  SHARED_PLATFORMS,
  SHARED_REGISTRIES,
  sharedSuffixCheck,
} from '../../../src/discovery/shared-suffixes.ts'

const suffixOf = (host: string): string | null =>
  getPublicSuffix(host, { allowPrivateDomains: true })

test.each([...SHARED_PLATFORMS, ...SHARED_REGISTRIES])(
  'the Public Suffix List still lacks %s',
  (name) => {
    const levels = [suffixOf(`a.${name}`), suffixOf(`b.a.${name}`)]
    expect(levels.every((suffix) => suffix?.endsWith(name))).toBe(false)
  },
)

test.each(DEEPER_PLATFORMS)(
  'the Public Suffix List has %s, with its first level at most',
  (name) => {
    expect([name, `a.${name}`]).toContain(suffixOf(`a.${name}`))
    expect(suffixOf(`b.a.${name}`)).toBe(suffixOf(`a.${name}`))
    expect(suffixOf(`c.b.a.${name}`)).toBe(suffixOf(`a.${name}`))
  },
)

test('names are shared, or not, by whole labels and in whole', async () => {
  const isShared = await sharedSuffixCheck()
  expect(isShared('okta.com')).toBe(true)
  expect(isShared('eu.okta.com')).toBe(true)
  expect(isShared('notokta.com')).toBe(false)
  expect(isShared('scot.nhs.uk')).toBe(true)
  expect(isShared('board.scot.nhs.uk')).toBe(false)
  expect(isShared('co.uk')).toBe(true)
  expect(isShared('hospital.co.uk')).toBe(false)
  expect(isShared('com')).toBe(true)
})
