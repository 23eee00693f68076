// The published files are few, because Node takes about a third of a millisecond to load each one:
// docs/decisions/0013-fast.md. What is loaded when it is needed stays apart; dependencies stay outside.
import { fileURLToPath } from 'node:url'

const build = fileURLToPath(new URL('build', import.meta.url))

export default {
  input: Object.fromEntries(
    [
      ...['index', 'errors', 'signers/index', 'directory/index', 'fhir/index'],
      ...['udap/index', 'redis/index', 'queue/index', 'node/index', 'testing/index'],
      ...['http/transport/default-transport', 'node/default-transport'],
    ].map((entry) => [entry, `${build}/${entry}.js`]),
  ),
  external: /^[^./]/,
  output: {
    dir: 'dist',
    format: 'esm',
    chunkFileNames: 'parts/[name].js',
    comments: { legal: true, annotation: true, jsdoc: false },
  },
}
