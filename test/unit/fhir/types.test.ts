import { expect, test } from 'vitest'
import type { FhirPatientClient } from '../../../src/index.ts'

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

test('the mistakes above are compiled by the type check', () => {
  expect(mistakes).toBeTypeOf('function')
})
