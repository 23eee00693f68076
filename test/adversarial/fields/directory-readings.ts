/** How directory entries, listings and copies are read. */
import { DirectoryClient, readDirectoryEntry, selectEndpoint } from '../../../src/index.ts'
import { DirectorySnapshot, type DirectoryReleaseId } from '../../../src/directory/index.ts'
import * as samples from './samples.ts'
import { ASKED, BASE, DIRECTORY, OID } from './samples.ts'
import { fhirReply, optionsFor, reply, XML, type Reading, type Replies } from './servers.ts'

type Use = (directory: DirectoryClient) => Promise<unknown>

const FOREVER = { maxAgeMs: 1e15 }
const endpointR4 = fhirReply(samples.entries.r4.endpoint)
const endpointXml = reply(200, XML, samples.entryXml.endpoint)

/** From a directory that answers so, but for the Endpoint that entries refer to. */
function reading(
  release: DirectoryReleaseId,
  use: Use,
  hostile: 'entry' | 'endpoint' = 'entry',
): Reading {
  return {
    sent: [ASKED.apiKey],
    read: (served, options) => {
      const endpoint = release === 'carequality-stu3' ? endpointXml : endpointR4
      const replies: Replies = ({ url }) => {
        if (hostile === 'entry') return url.includes('/Endpoint') ? endpoint : served
        return url.includes('/Endpoint') ? served : fhirReply(samples.entries.r4.organization)
      }
      const place = { release, baseUrl: DIRECTORY, apiKey: ASKED.apiKey }
      return use(new DirectoryClient({ ...place, ...optionsFor(replies, options) }))
    },
  }
}

const read: Use = async (directory) => {
  const entry = await directory.read(OID)
  await directory.find(OID)
  await selectEndpoint(entry, { parents: directory, purposeOfUse: 'TREATMENT' })
}

/** A page, the copy that is made of the whole, its file, and what changed from another. */
const list: Use = async (directory) => {
  await directory.search({ name: 'Cedar' })
  const copy = await DirectorySnapshot.build(directory, FOREVER)
  const { network, environment } = directory
  const saved = [...copy.save()].join('').replaceAll('"status":"active"', '"status":"off"')
  const later = await DirectorySnapshot.load(saved, { network, environment, ...FOREVER })
  DirectorySnapshot.diff(copy, later)
  copy.at(`${BASE}/`)
  await copy.find(OID)
}

export const DIRECTORY_READINGS: Readonly<
  Record<'r4' | 'endpoint' | 'stu3' | 'listR4' | 'listStu3' | 'entry' | 'copy', Reading>
> = {
  r4: reading('carequality-r4', read),
  endpoint: reading('carequality-r4', read, 'endpoint'),
  stu3: reading('carequality-stu3', read),
  listR4: reading('rce-r4', list),
  listStu3: reading('carequality-stu3', list),
  /** One entry by itself, and which endpoint serves it. */
  entry: {
    sent: [],
    read: async ({ text }) => {
      const entry = readDirectoryEntry(JSON.parse(text))
      if (entry === undefined) return
      await selectEndpoint(entry, { purposeOfUse: 'TREATMENT' })
      await selectEndpoint(entry, { fhirVersion: '3.0', test: true })
    },
  },
  /** A copy of one entry that was saved. */
  copy: {
    sent: [],
    read: async ({ text }) => {
      const { header, entry } = JSON.parse(text) as { header: unknown; entry: unknown }
      const copy = await DirectorySnapshot.load(
        [header, entry].map((line) => `${JSON.stringify(line)}\n`),
        { network: 'tefca', environment: DIRECTORY, ...FOREVER },
      )
      copy.at(BASE)
      await copy.find(OID)
      DirectorySnapshot.diff(copy, copy)
    },
  },
}

/** A copy of one entry as it is saved: the two lines of its file. */
export async function savedCopy(): Promise<{ header: unknown; entry: unknown }> {
  const place = { release: 'rce-r4', baseUrl: DIRECTORY, apiKey: ASKED.apiKey } as const
  const page = fhirReply(samples.directoryPage('r4'))
  const directory = new DirectoryClient({ ...place, ...optionsFor(() => page, {}) })
  const copy = await DirectorySnapshot.build(directory)
  const lines = [...copy.save()].join('').trim().split('\n')
  const [header, entry] = lines.map((line): unknown => JSON.parse(line))
  return { header, entry }
}
