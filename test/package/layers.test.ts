import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { root } from '../support/run.ts'

/** Who may import whom; each may import itself, and everyone the ground. */
const ground = [
  ...[
    'types.ts',
    'errors.ts',
    'events.ts',
    'error-base.ts',
    'error-catalogue.ts',
    'error-details.ts',
    'version.ts',
    'access-token.ts',
    'audit-trail.ts',
    'instrumentation.ts',
  ],
  'udap-facts.ts',
]
const arrows: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  http: ['lib'],
  signers: ['lib'],
  hl7: ['lib'],
  paging: ['http', 'lib'],
  fhir: ['paging', 'hl7', 'http', 'lib'],
  directory: ['paging', 'hl7', 'http', 'lib'],
  discovery: ['hl7', 'http', 'lib'],
  auth: ['discovery', 'http', 'signers', 'lib'],
  udap: ['auth', 'discovery', 'http', 'signers', 'lib'],
  redis: ['auth', 'discover', 'http', 'signers', 'udap', 'lib'],
  queue: ['auth', 'client', 'discover', 'http', 'redis', 'lib'],
  testing: ['auth', 'signers', 'udap', 'udap-facts.ts', 'lib'],
  node: ['udap', 'http', 'signers', 'lib'],
  otel: ['lib'],
  audit: ['fhir', 'lib'],
  // Types alone: what `.` and `./udap` hand each other.
  'udap-facts.ts': ['auth', 'discovery', 'http'],
  discover: ['auth', 'directory', 'fhir', 'http', 'lib'],
  client: ['discover', 'auth', 'directory', 'discovery', 'fhir', 'hl7', 'http', 'signers', 'lib'],
  diagnose: ['client', 'auth', 'directory', 'discovery', 'http', 'signers', 'lib'],
  // The program: it uses the entry points, and of the rooms their types.
  cli: [
    ...['index.ts', 'client', 'diagnose', 'directory', 'discover', 'fhir', 'http', 'node'],
    ...['signers', 'testing', 'udap', 'lib'],
  ],
  'index.ts': ['client', 'auth', 'directory', 'discovery', 'fhir', 'signers'],
}
/** Where each package may be named. */
const fences: readonly (readonly [imported: RegExp, files: RegExp])[] = [
  [/^ky$/, /^http\/transport\/ky-transport\.ts$/],
  [/^jose(\/|$)/, /^(auth|signers|testing)\//],
  [/^zod\/mini$/, /^fhir\/bundle-shell\.ts$/],
  [/^tldts$/, /^discovery\/shared-suffixes\.ts$/],
  [/^fhir\/r3\.js$/, /^fhir\/types\.ts$/],
  [/^fhir\/r4\.js$/, /^(fhir\/types\.ts|testing\/)/],
  [/^saxes$/, /^directory\/api\/xml\.ts$/],
  [/^node:http$/, /^testing\/listen\.ts$/],
  [/^node:/, /^(node|cli)\//],
  [/^#default-transport$/, /^http\/transport\/platform-transport\.ts$/],
  [
    /^undici(\/|$)/,
    /^node\/(undici|undici-proxy|undici-files\.d|dispatchers|proxy-dispatchers|connector|node-transport|origin-connections|exchange-handler)\.ts$/,
  ],
  [/^@opentelemetry\/api$/, /^otel\//],
  [/^node-forge$/, /^node\/pkcs12-signer\.ts$/],
]

const files = readdirSync(`${root}/src`, { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.ts'),
)

function importsOf(file: string): string[] {
  const text = readFileSync(`${root}/src/${file}`, 'utf8')
  return [...text.matchAll(/\b(?:from|import)(?:\s*\()?\s*'([^']+)'/g)].map(
    (match) => match[1] ?? '',
  )
}

/** The files that a file imports, types included. */
function filesImportedBy(file: string): string[] {
  return importsOf(file)
    .filter((imported) => imported.startsWith('.'))
    .map((imported) => new URL(imported, `file:///${file}`).pathname.slice(1))
}

/** Groups of nodes that reach each other (Tarjan, 1972); those of one node are none. */
function circlesIn(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const order = new Map<string, number>()
  const lowest = new Map<string, number>()
  const open: string[] = []
  const circles: string[][] = []
  const visit = (node: string): void => {
    const own = order.size
    order.set(node, own)
    lowest.set(node, own)
    open.push(node)
    for (const next of graph.get(node) ?? []) {
      if (!order.has(next)) visit(next)
      if (!open.includes(next)) continue
      lowest.set(node, Math.min(lowest.get(node) ?? own, lowest.get(next) ?? own))
    }
    if (lowest.get(node) !== own) return
    const circle = open.splice(open.indexOf(node))
    if (circle.length > 1) circles.push(circle.sort())
  }
  for (const node of graph.keys()) if (!order.has(node)) visit(node)
  return circles
}

/** `directory/api` for `directory/api/session.ts`; undefined for a file at the top of its room. */
function subRoomOf(path: string): string | undefined {
  return path.split('/').length > 2 ? path.split('/').slice(0, 2).join('/') : undefined
}

function layerOf(path: string): string {
  return path.includes('/') ? (path.split('/')[0] ?? '') : path
}

function objection(file: string, imported: string): string | undefined {
  if (!imported.startsWith('.')) {
    const fence = fences.find(([name]) => name.test(imported))
    if (fence === undefined) return `${file} imports ${imported}, which is in no fence`
    return fence[1].test(file) ? undefined : `${file} imports ${imported} outside its fence`
  }
  const target = new URL(imported, `file:///${file}`).pathname.slice(1)
  if (ground.includes(target) || layerOf(target) === layerOf(file)) return undefined
  return arrows[layerOf(file)]?.includes(layerOf(target)) === true
    ? undefined
    : `${file} imports ${target}`
}

test('every import follows the arrows between the layers', () => {
  const objections = files.flatMap((file) =>
    importsOf(file).map((imported) => objection(file, imported)),
  )
  expect(files.length).toBeGreaterThan(30)
  expect(objections.filter((one) => one !== undefined)).toEqual([])
})

test('an import against the arrows is found', () => {
  expect(objection('fhir/session.ts', '../auth/token-provider.ts')).toBeDefined()
  expect(objection('http/call.ts', 'jose/jwt/sign')).toBeDefined()
  expect(objection('lib/abort.ts', '../http/call.ts')).toBeDefined()
  expect(objection('lib/abort.ts', 'left-pad')).toBeDefined()
})

test('no file of the source imports itself in a circle, types included', () => {
  const graph = new Map(files.map((file) => [file, filesImportedBy(file)]))
  const unknown = [...graph.values()].flat().filter((file) => !graph.has(file))
  expect(unknown).toEqual([])
  expect(circlesIn(graph)).toEqual([])
})

test('no two sub-folders of a room import each other, not even around a third', () => {
  const graph = new Map<string, string[]>()
  for (const file of files) {
    const own = subRoomOf(file)
    if (own === undefined) continue
    const others = filesImportedBy(file).flatMap((other) => subRoomOf(other) ?? [])
    graph.set(own, [...(graph.get(own) ?? []), ...others.filter((other) => other !== own)])
  }
  expect(graph.size).toBeGreaterThan(8)
  expect(circlesIn(graph)).toEqual([])
})

test('a circle of imports is found', () => {
  const graph = { a: ['b'], b: ['c', 'd'], c: ['a'], d: ['e'], e: [] }
  expect(circlesIn(new Map(Object.entries(graph)))).toEqual([['a', 'b', 'c']])
})

test('no file of the source has grown past 250 lines', () => {
  const long = files.filter(
    (file) => readFileSync(`${root}/src/${file}`, 'utf8').split('\n').length > 251,
  )
  expect(long).toEqual([])
})

test('no module keeps state: what is made at the top of one is not written to again', () => {
  const stateful = files.filter((name) => {
    const text = readFileSync(`${root}/src/${name}`, 'utf8')
    const kept = /^(export )?(let|var) |^(export )?const \w+ = new (Weak)?(Map|Set|BoundedMap)\b/m
    const open = /^(export )?const \w+: (?!Readonly|readonly )[^=\n]*(Map|Set|\[\])\b[^=\n]* = /m
    return kept.test(text) || open.test(text)
  })
  expect(stateful).toEqual([])
})

/** What is written in one place only, and where. */
const places: readonly (readonly [what: string, pattern: RegExp, files: RegExp])[] = [
  [
    'bytes leave',
    /\bglobalThis\.fetch\b|\bky\(|\.dispatch\(/,
    /^(http\/transport\/ky-transport|node\/node-transport|node\/origin-connections)\.ts$/,
  ],
  [
    'a transport is asked',
    /\btransport\.send\(/,
    /^(http\/transport\/(dispatch|platform-transport)|client\/parts|diagnose\/observer)\.ts$/,
  ],
  ['redirects are judged', /\b30[12378]\b/, /^http\/policies\/redirect\.ts$/],
  [
    'an address is judged',
    /\baddressScopeOf\(/,
    /^(http\/policies\/(addresses|egress)|node\/lookup-guard)\.ts$/,
  ],
  [
    'a body is read',
    /\.getReader\(|\bbody\??\.?\[Symbol\.asyncIterator\]|\.arrayBuffer\(|\.text\(\)/,
    /^(cli\/page-store|http\/(body\/(read|stream)|transport\/(ky-transport|watched-body))|node\/decoding|fhir\/interactions\/binary)\.ts$/,
  ],
  // Pages of a directory are taken apart as they are, which the parser of whole answers cannot do.
  [
    'JSON that came in is parsed',
    /\bJSON\.parse\((?!JSON\.stringify)/,
    // The command line's are its user's files and its own assertion.
    /^(cli\/(settings|page-store|demographics|snapshot-of|commands\/assertion)|diagnose\/dissect|http\/body\/(text|parse-json|list-pieces)|directory\/(api\/split-bundle|mirror\/snapshot-file)|signers\/index|redis\/(keyring|guard-board)|node\/file-registrations)\.ts$/,
  ],
  ['a charset is chosen', /\bnew TextDecoder\(label/, /^http\/body\/text\.ts$/],
  [
    'an observer is told',
    /\bonEvent\?\.\(|\bonEvent\(/,
    /^(lib\/emitter|cli\/commands\/directory-mirror)\.ts$/,
  ],
  // DER's is caught where DER is read, and becomes a TypeError.
  [
    'an error of our own kind is made',
    /\bextends (Error|CarequalityError)\b/,
    /^(errors|error-base|signers\/der)\.ts$/,
  ],
  ['an error is copied', /\bsetPrototypeOf\(/, /^lib\/error-copy\.ts$/],
  [
    'objects are merged in place',
    /\bObject\.assign\(|\bdeepMerge\b/,
    /^(lib\/own|node\/(lookup-guard|proxy-dispatchers))\.ts$/,
  ],
  ['a prototype is named', /__proto__|\bObject\.create\(/, /^(lib\/own|directory\/api\/xml)\.ts$/],
]

test.each(places)('there is one place where %s', (_what, pattern, where) => {
  const found = files
    .filter((file) => !file.startsWith('testing/'))
    .filter((file) => pattern.test(readFileSync(`${root}/src/${file}`, 'utf8')))
  expect(found.length).toBeGreaterThan(0)
  expect(found.filter((file) => !where.test(file))).toEqual([])
})

test('in fhir a call begins in the session alone, where it is audited', () => {
  const found = files.filter(
    (file) =>
      file.startsWith('fhir/') &&
      /\bhttp\.(call|shared)\(/.test(readFileSync(`${root}/src/${file}`, 'utf8')),
  )
  expect(found).toEqual(['fhir/session.ts'])
})

test('no error of the platform is thrown but TypeError, for wrong arguments', () => {
  // What a transport throws becomes ours in http/transport/dispatch.ts.
  const thrown = files
    .filter((file) => !/^(testing\/|node\/node-transport\.ts$)/.test(file))
    .filter((file) =>
      /throw new (Range|Syntax|Eval|Reference)?Error\(/.test(
        readFileSync(`${root}/src/${file}`, 'utf8'),
      ),
    )
  expect(thrown).toEqual([])
})
