/** What a fresh process takes for one thing: `node load.mjs <contender>`. */
const [, , contender] = process.argv

/** What comes before the clock starts, and the work. */
const contenders = {
  'jose, ky and zod': [() => Promise.all(['jose', 'ky', 'zod'].map((name) => load(name)))],
  'ours, .': [() => load('index')],
  'ours, ./node': [() => load('node/index')],
  'ours, ./signers': [() => load('signers/index')],
  'ours, ./errors': [() => load('errors')],
  '@medplum/core': [() => import('@medplum/core')],
  'fhir-kit-client': [() => import('fhir-kit-client')],
  fhirclient: [() => import('fhirclient')],
  nothing: [() => undefined],
  'ky, and with it fetch': [() => load('ky'), () => load('index')],
  'the schemas, and with them zod/mini': [
    () => import('../../dist/parts/bundle-shell.js'),
    () => load('index'),
  ],
}

/** The library, or a dependency of the version that it has: what bench/ has of that name may be another. */
function load(name) {
  const { resolve } = import.meta
  const ours = ['index', 'node/index', 'signers/index', 'errors'].includes(name)
  return import(ours ? resolve(`../../dist/${name}.js`) : DEPENDENCIES[name])
}

const DEPENDENCIES = {
  jose: '../../node_modules/jose/dist/webapi/index.js',
  ky: '../../node_modules/ky/distribution/index.js',
  zod: '../../node_modules/zod/index.js',
}

const [work, before] = contenders[contender]
await before?.()
const cpu = process.cpuUsage()
const began = performance.now()
await work()
const wallMs = performance.now() - began
const { user, system } = process.cpuUsage(cpu)
process.send({ wallMs, cpuMs: (user + system) / 1000 })
process.disconnect()
