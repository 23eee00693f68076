/** What a bundler makes of an import, minified and in gzip, dependencies included. */
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { rolldown } from '../../node_modules/rolldown/dist/index.mjs'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Kilobytes in gzip of `statement`: what is loaded at once, what when it is needed, and the parts of the first. */
export async function sizesOf(statement) {
  const { output } = await bundled(statement, true)
  const chunks = new Map(output.map((chunk) => [chunk.fileName, chunk]))
  const eager = new Set()
  const visit = (name) => {
    if (eager.has(name)) return
    eager.add(name)
    chunks.get(name).imports.forEach(visit)
  }
  visit(output.find(({ isEntry }) => isEntry).fileName)
  const sum = (wanted) =>
    output
      .filter(({ fileName }) => eager.has(fileName) === wanted)
      .reduce((total, { code }) => total + gzipSync(code).length, 0) / 1000
  return { eager: sum(true), later: sum(false) }
}

/** Characters that each part puts into the whole bundle, before minifying. */
export async function partsOf(statement) {
  const { output } = await bundled(statement, false)
  const parts = new Map()
  for (const { modules } of output)
    for (const [id, { renderedLength }] of Object.entries(modules ?? {}))
      parts.set(partOf(id), (parts.get(partOf(id)) ?? 0) + renderedLength)
  return [...parts].sort(([, one], [, other]) => other - one)
}

function partOf(id) {
  const [, dependency] = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(id) ?? []
  if (dependency !== undefined) return dependency
  if (id.startsWith('\0')) return 'the bundler'
  const [folder, ...rest] = id.replace(`${root}build/`, '').split('/')
  return rest.length === 0 ? 'client and responder' : folder
}

async function bundled(statement, minify) {
  const entry = '\0entry'
  const bundle = await rolldown({
    input: 'entry',
    platform: 'neutral',
    resolve: { mainFields: ['module', 'main'], conditionNames: ['import', 'default'] },
    logLevel: 'silent',
    plugins: [
      {
        name: 'entry',
        resolveId: (id) => {
          if (id === 'entry') return entry
          // What package.json gives to browsers, from the same files as the rest.
          if (id === '#default-transport') return `${root}build/http/transport/default-transport.js`
          return undefined
        },
        load: (id) =>
          id === entry ? statement.replace('library', `${root}build/index.js`) : undefined,
      },
    ],
    external: /^node:/,
    treeshake: { moduleSideEffects: false },
  })
  const result = await bundle.generate({ format: 'esm', minify })
  await bundle.close()
  return result
}
