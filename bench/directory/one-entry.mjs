/** What reading one entry takes, by the format that it comes in. */
import { readDirectoryEntry } from '../../dist/index.js'
import { parseXml } from '../../build/directory/api/xml.js'
import { carequalityEntries } from '../../build/testing/directory-data.js'
import { organizationXml } from '../../build/testing/directory-documents.js'
import { naiveJson } from '../../build/testing/naive-json.js'
import { timed } from '../lib/interleaved.mjs'
import { rowsOf } from '../lib/statistics.mjs'
import { organization } from './entries.mjs'

const R4 = 'FHIR R4, four endpoints'

export async function entryTable({ rounds }) {
  const [entry] = carequalityEntries(0)
  const xml = organizationXml(entry, (host) => `https://${host}`)
  const naive = naiveJson(xml)
  const r4 = JSON.stringify(organization(1))
  const measured = await timed(
    [
      { name: R4, work: () => readDirectoryEntry(JSON.parse(r4)), times: 2_000 },
      {
        name: 'naive JSON, two endpoints',
        work: () => readDirectoryEntry(JSON.parse(naive).Organization),
        times: 2_000,
      },
      {
        name: 'legacy XML, two endpoints',
        work: async () => readDirectoryEntry((await parseXml(xml, {})).Organization),
        times: 500,
      },
    ],
    rounds,
  )
  const bytes = { [R4]: r4, 'naive JSON, two endpoints': naive, 'legacy XML, two endpoints': xml }
  return {
    title: 'Reading one entry, the parse included',
    rows: rowsOf(measured, { base: R4, by: 'us' }).map(({ name, us }) => ({
      name,
      characters: bytes[name].length,
      us,
    })),
  }
}
