// The published files are few, because Node takes about a third of a millisecond to load each one:
// docs/decisions/0013-fast.md. What is loaded when it is needed stays apart; dependencies stay outside.
import { relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const build = fileURLToPath(new URL('build', import.meta.url))

const entries = [
  ...['index', 'errors', 'signers/index', 'directory/index', 'fhir/index'],
  ...['auth/index', 'discover/index', 'instrumentation'],
  ...['udap/index', 'redis/index', 'queue/index', 'otel/index', 'audit/index'],
  ...['diagnose/index', 'node/index', 'testing/index'],
]

const output = {
  format: 'esm',
  comments: { legal: true, annotation: true, jsdoc: false },
}

/** The command uses the library's entries as they are published, and cuts none of their files in two. */
const publishedEntries = {
  name: 'published-entries',
  resolveId(id, importer) {
    if (importer === undefined || !id.startsWith('.')) return null
    const name = relative(build, resolve(importer, '..', id)).replace(/\.js$/, '')
    return entries.includes(name) ? { id: `../${name}.js`, external: true } : null
  },
}

export default [
  {
    input: Object.fromEntries(
      [...entries, 'http/transport/default-transport', 'node/default-transport'].map((entry) => [
        entry,
        `${build}/${entry}.js`,
      ]),
    ),
    external: /^[^./]/,
    output: { ...output, dir: 'dist', chunkFileNames: 'parts/[name].js' },
  },
  {
    input: { bin: `${build}/cli/bin.js` },
    external: /^[^./]/,
    plugins: [publishedEntries],
    // One folder, so that each file finds the entries beside it.
    output: { ...output, dir: 'dist/cli', chunkFileNames: '[name].js' },
  },
]
