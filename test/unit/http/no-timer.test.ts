import { expect, test, vi } from 'vitest'
import { FhirClient } from '../../../src/fhir/index.ts'

test('an attachment that nobody reads leaves no timer behind, which would keep the process alive', async () => {
  const fetch = (): Promise<Response> =>
    Promise.resolve(new Response('x', { headers: { 'content-type': 'application/pdf' } }))
  const client = new FhirClient({ baseUrl: 'https://fhir.example.org/r4', fetch })
  vi.useFakeTimers()
  try {
    await client.binary('1')
    expect(vi.getTimerCount()).toBe(0)
  } finally {
    vi.useRealTimers()
  }
})
