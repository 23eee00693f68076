import { DirectoryClient } from '../../src/directory/directory-client.ts'
import type { DirectoryListing } from '../../src/directory/pages/listing.ts'
import type { DirectoryOptions } from '../../src/directory/api/options.ts'
import { jsonAnswer, type Wire } from './answering-fetch.ts'

/** Base of the directory that tests ask. */
export const BASE = 'https://directory.example/fhir'

/** A client of an R4 directory behind a {@link Wire}. */
export function directoryOf(to: Wire, more: Partial<DirectoryOptions> = {}): DirectoryClient {
  return new DirectoryClient({
    ...to.options,
    release: 'rce-r4',
    baseUrl: BASE,
    apiKey: 'the-key',
    ...more,
  })
}

/** An active Organization. */
export function organization(id: string, more: object = {}): object {
  return { resourceType: 'Organization', id, name: `Clinic ${id}`, active: true, ...more }
}

/** Organizations `2.999.<from>` up to, and without, `2.999.<to>`. */
export function organizations(from: number, to: number): object[] {
  return Array.from({ length: to - from }, (_, index) => organization(`2.999.${from + index}`))
}

/** A FHIR REST Endpoint at an address. */
export function endpoint(address: string, more: object = {}): object {
  return {
    resourceType: 'Endpoint',
    status: 'active',
    connectionType: { code: 'hl7-fhir-rest' },
    address,
    ...more,
  }
}

/** A search answer. */
export function page(resources: readonly unknown[], more: object = {}): Response {
  const entry = resources.map((resource) => ({ resource }))
  return jsonAnswer({ resourceType: 'Bundle', type: 'searchset', entry, ...more })
}

/** The links of a page that has a next one. */
export function next(url: string): object {
  return { link: [{ relation: 'next', url }] }
}

/** Walks a listing; what it gave until it ended or threw. */
export async function walked(
  listing: DirectoryListing,
): Promise<{ ids: readonly string[]; error: unknown }> {
  const ids: string[] = []
  try {
    for await (const { id } of listing) ids.push(id)
  } catch (error) {
    return { ids, error }
  }
  return { ids, error: undefined }
}
