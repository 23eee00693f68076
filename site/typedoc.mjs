/** The settings of typedoc; the entry points are those of the package. */
import { readFileSync } from 'node:fs'

const { exports } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))

/** Each entry point's source: what `dist` is built from. */
const entryPoints = Object.values(exports).flatMap(({ types }) =>
  types === undefined ? [] : [types.replace('./dist/', '../src/').replace('.d.ts', '.ts')],
)

export default {
  entryPoints,
  tsconfig: 'tsconfig.json',
  plugin: ['typedoc-plugin-markdown', 'typedoc-vitepress-theme'],
  out: '.pages/api',
  docsRoot: '.pages',
  name: 'API reference',
  readme: 'none',
  githubPages: false,
  excludeInternal: true,
  excludePrivate: true,
  // FHIR's own types are described by FHIR.
  excludeExternals: true,
  disableSources: true,
  treatWarningsAsErrors: true,
  // Helpers of types: an editor shows what they result in, and nobody names them.
  intentionallyNotExported: [
    'Bundles',
    'Codes',
    'ErrorClasses',
    'EventName',
    'KeyFile',
    'Make',
    'RegistrationPlace',
    'Resources',
    'Statement',
    'TokenPlace',
    'UntimedEvent',
    'errorCatalogue',
    'faultKinds',
  ],
  hideBreadcrumbs: true,
  hidePageHeader: true,
  useCodeBlocks: true,
  parametersFormat: 'table',
  sidebar: { autoConfiguration: true, format: 'vitepress', pretty: false },
}
