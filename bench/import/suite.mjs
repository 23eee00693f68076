/** What it takes to load the library, and what it adds to a web page. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { interleaved } from '../lib/interleaved.mjs'
import { ratioOf, rowsOf, target } from '../lib/statistics.mjs'
import { partsOf, sizesOf } from './size.mjs'

const BASE = 'jose, ky and zod'
const LOADED = [
  ...[BASE, 'ours, .', 'ours, ./node', 'ours, ./signers', 'ours, ./errors'],
  ...['@medplum/core', 'fhir-kit-client', 'fhirclient', 'nothing'],
]
const FIRST_CALL = [
  ...['undici, on Node', 'ky, and with it fetch', 'tldts, for token endpoints elsewhere'],
  'the schemas, and with them zod/mini',
]
const WHOLE = "export * from 'library'"
const IMPORTS = {
  '.': WHOLE,
  CarequalityClient: "export { CarequalityClient } from 'library'",
  FhirPatientClient: "export { FhirPatientClient } from 'library'",
  DirectoryClient: "export { DirectoryClient } from 'library'",
  CapabilityResolver: "export { CapabilityResolver } from 'library'",
  TokenProvider: "export { TokenProvider } from 'library'",
  'AssertionSigner, pemSigner': "export { AssertionSigner, pemSigner } from 'library'",
  isCarequalityError: "export { isCarequalityError } from 'library'",
}
const loader = fileURLToPath(new URL('load.mjs', import.meta.url))

export async function run({ short }) {
  const results = await interleaved([...LOADED, ...FIRST_CALL], short ? 1 : 21, async (name) => {
    const child = fork(loader, [name])
    const [measured] = await once(child, 'message')
    return measured
  })
  const rows = rowsOf(results, { base: BASE, by: 'wallMs' })
  const sizes = []
  for (const [name, statement] of Object.entries(IMPORTS)) {
    const { eager, later } = await sizesOf(statement)
    sizes.push({
      name,
      'at once, kB': eager,
      'when needed, kB': later,
      'in all, kB': eager + later,
    })
  }
  const alone = sizes.find(({ name }) => name === 'FhirPatientClient')
  const parts = await partsOf(WHOLE)
  return {
    title: 'Import',
    tables: [
      {
        title: '`import` in a fresh process',
        base: BASE,
        rows: rows.filter(({ name }) => LOADED.includes(name)),
      },
      {
        title: 'What the first call loads besides, after `.`',
        base: BASE,
        rows: rows.filter(({ name }) => FIRST_CALL.includes(name)),
      },
      { title: 'Bundled, minified, in gzip, with dependencies', rows: sizes },
      {
        title: 'What `.` is made of, in kB of plain code before minifying',
        rows: parts.map(([name, length]) => ({ name, kB: length / 1000 })),
      },
    ],
    targets: [
      target(
        'import of `.`, of jose, ky and zod',
        0.35,
        ratioOf(results, 'ours, .', BASE, 'wallMs'),
      ),
      target('`FhirPatientClient` alone in gzip, at once', 25, alone['at once, kB'], ' kB'),
    ],
  }
}
