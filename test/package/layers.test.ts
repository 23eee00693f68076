import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { root } from '../support/run.ts'

/** Who may import whom; each may import itself, and everyone the ground. */
const ground = [
  ...[
    'types.ts',
    'errors.ts',
    'error-catalogue.ts',
    'error-details.ts',
    'version.ts',
    'access-token.ts',
  ],
  'udap-facts.ts',
]
const arrows: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  http: ['lib'],
  signers: ['lib'],
  fhir: ['http', 'lib'],
  directory: ['http', 'lib'],
  discovery: ['http', 'lib'],
  auth: ['discovery', 'http', 'signers', 'lib'],
  udap: ['auth', 'discovery', 'http', 'signers', 'lib'],
  testing: ['auth', 'signers', 'udap', 'udap-facts.ts', 'lib'],
  node: ['udap', 'http', 'signers', 'lib'],
  // Types alone: what `.` and `./udap` hand each other.
  'udap-facts.ts': ['auth', 'discovery', 'http'],
  discover: ['auth', 'directory', 'fhir', 'http', 'lib'],
  client: ['discover', 'auth', 'directory', 'discovery', 'fhir', 'http', 'signers', 'lib'],
  'index.ts': ['client', 'discover', 'auth', 'directory', 'discovery', 'fhir', 'signers'],
}
/** Where each package may be named. */
const fences: readonly (readonly [imported: RegExp, files: RegExp])[] = [
  [/^ky$/, /^http\/transport\/ky-transport\.ts$/],
  [/^jose(\/|$)/, /^(auth|signers|testing)\//],
  [/^zod\/mini$/, /^fhir\/bundle-shell\.ts$/],
  [/^tldts$/, /^discovery\/shared-suffixes\.ts$/],
  [/^fhir\/r3\.js$/, /^fhir\/types\.ts$/],
  [/^fhir\/r4\.js$/, /^(fhir\/types\.ts|testing\/)/],
  [/^saxes$/, /^directory\/pages\/xml\.ts$/],
  [/^node:http$/, /^testing\/listen\.ts$/],
  [/^node:/, /^node\//],
  [/^#default-transport$/, /^http\/transport\/platform-transport\.ts$/],
  [
    /^undici(\/|$)/,
    /^node\/(undici|undici-files\.d|dispatchers|connector|node-transport|exchange-handler)\.ts$/,
  ],
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

test('no file of the source has grown past 300 lines', () => {
  const long = files.filter(
    (file) => readFileSync(`${root}/src/${file}`, 'utf8').split('\n').length > 300,
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
    /^(http\/transport\/ky|node\/node)-transport\.ts$/,
  ],
  [
    'a transport is asked',
    /\btransport\.send\(/,
    /^(http\/transport\/(dispatch|platform-transport)|client\/options)\.ts$/,
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
    /^(http\/(body\/(read|stream)|transport\/ky-transport)|node\/decoding|fhir\/interactions\/binary)\.ts$/,
  ],
  // Pages of a directory are taken apart as they are, which the parser of whole answers cannot do.
  [
    'JSON that came in is parsed',
    /\bJSON\.parse\((?!JSON\.stringify)/,
    /^(http\/body\/(text|parse-json|list-pieces)|directory\/(pages\/split-bundle|mirror\/snapshot-file)|signers\/index|node\/file-registrations)\.ts$/,
  ],
  ['a charset is chosen', /\bnew TextDecoder\(label/, /^http\/body\/text\.ts$/],
  ['an observer is told', /\bonEvent\?\.\(|\bonEvent\(/, /^lib\/emitter\.ts$/],
  // DER's is caught where DER is read, and becomes a TypeError.
  [
    'an error of our own kind is made',
    /\bextends (Error|CarequalityError)\b/,
    /^(errors|signers\/der)\.ts$/,
  ],
  ['an error is copied', /\bsetPrototypeOf\(/, /^lib\/error-copy\.ts$/],
  [
    'objects are merged in place',
    /\bObject\.assign\(|\bdeepMerge\b/,
    /^(lib\/own|node\/(lookup-guard|dispatchers))\.ts$/,
  ],
  [
    'a prototype is named',
    /__proto__|\bObject\.create\(/,
    /^(lib\/own|directory\/pages\/xml)\.ts$/,
  ],
]

test.each(places)('there is one place where %s', (_what, pattern, where) => {
  const found = files
    .filter((file) => !file.startsWith('testing/'))
    .filter((file) => pattern.test(readFileSync(`${root}/src/${file}`, 'utf8')))
  expect(found.length).toBeGreaterThan(0)
  expect(found.filter((file) => !where.test(file))).toEqual([])
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
