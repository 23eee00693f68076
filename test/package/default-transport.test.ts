/** What moves the bytes where neither `fetch` nor `transport` is given. */
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rolldown } from 'rolldown'
import { expect, onTestFinished, test } from 'vitest'
import { root, run } from '../support/run.ts'

/** A program in a process of its own, as a user's would be. */
const runProgram = (program: string, flags: readonly string[] = []) =>
  run('node', [...flags, '--input-type=module', '-e', program])

const read = (baseUrl: string, options = '') => `
  const { FhirPatientClient } = await import('carequality-fhir')
  const patients = new FhirPatientClient({ baseUrl: '${baseUrl}', ${options} })
  const result = await patients.read('1').catch((error) => error)
  console.log(result.code ?? result.meta?.source ?? result.id)
`
const countFetches = `
  let fetches = 0
  const platform = globalThis.fetch
  globalThis.fetch = (request) => { fetches += 1; return platform(request) }
  process.on('exit', () => console.log('fetches', fetches))
`

async function servePatient(): Promise<{ port: number; requests: () => number }> {
  let requests = 0
  const server = createServer((_request, response) => {
    requests += 1
    response
      .writeHead(200, { 'content-type': 'application/fhir+json' })
      .end('{"resourceType":"Patient","id":"1"}')
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { port: address.port, requests: () => requests }
}

test('on Node a request goes out by undici and not by fetch', async () => {
  const { port, requests } = await servePatient()
  const program = countFetches + read(`http://127.0.0.1:${port}`, 'allowInsecureLoopback: true')
  expect(await runProgram(program)).toEqual({ code: 0, output: '1\nfetches 0\n' })
  expect(requests()).toBe(1)
})

test.each(['bun', 'deno', 'workerd', 'browser'])(
  'under the condition %s a request goes out by the platform’s fetch',
  async (condition) => {
    const { port, requests } = await servePatient()
    const program = countFetches + read(`http://127.0.0.1:${port}`, 'allowInsecureLoopback: true')
    const ran = await runProgram(program, ['-C', condition])
    expect(ran).toEqual({ code: 0, output: '1\nfetches 1\n' })
    expect(requests()).toBe(1)
  },
)

test('a given fetch is used on Node, too', async () => {
  const given = `fetch: async () => Response.json({ resourceType: 'Patient', id: '1', meta: { source: 'given' } })`
  const program = countFetches + read('https://fhir.example.org/r4', given)
  expect(await runProgram(program)).toEqual({ code: 0, output: 'given\nfetches 0\n' })
})

test('A8: by default a name that resolves to this machine is refused, and nothing is connected to', async () => {
  const { port, requests } = await servePatient()
  const resolveTo = `
    import dns from 'node:dns'
    import { syncBuiltinESMExports } from 'node:module'
    dns.lookup = (_name, options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }])
    syncBuiltinESMExports()
  `
  const program = resolveTo + read(`https://fhir.example.org:${port}/r4`)
  expect(await runProgram(program)).toEqual({ code: 0, output: 'ERR_CQ_ORIGIN_REFUSED\n' })
  expect(requests()).toBe(0)
})

test('the dispatcher of Node’s own fetch stays as it is after a request', async () => {
  const { port } = await servePatient()
  const program = `
    await fetch('http://127.0.0.1:${port}')
    const dispatcher = () => globalThis[Symbol.for('undici.globalDispatcher.1')]
    const before = dispatcher()
    ${read(`http://127.0.0.1:${port}`, 'allowInsecureLoopback: true')}
    console.log(before !== undefined && before === dispatcher())
  `
  expect(await runProgram(program)).toEqual({ code: 0, output: '1\ntrue\n' })
})

test('nothing of a transport is loaded before the first request', async () => {
  const program = `
    import { createRequire } from 'node:module'
    const { CarequalityClient, FhirPatientClient } = await import('carequality-fhir')
    const { nodeTransport } = await import('carequality-fhir/node')
    nodeTransport()
    new FhirPatientClient({ baseUrl: 'https://fhir.example.org/r4' })
    const loaded = Object.keys(createRequire(import.meta.url).cache).filter((file) => /undici|ky/.test(file))
    console.log(loaded.length)
  `
  expect(await runProgram(program)).toEqual({ code: 0, output: '0\n' })
})

test.each([
  ['node', 'node', true],
  ['browser', 'browser', false],
  ['neutral', 'workerd', false],
] as const)(
  'a bundle for the platform %s takes the transport of the condition %s',
  async (platform, condition, isUndici) => {
    const folder = await mkdtemp(join(tmpdir(), 'bundle-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const bundle = await rolldown({
      input: `${root}/dist/index.js`,
      platform,
      resolve: { conditionNames: [condition, 'import', 'default'] },
      external: /^node:/,
      logLevel: 'silent',
    })
    const { output } = await bundle.write({ dir: folder, format: 'esm' })
    await bundle.close()
    const code = output
      .map((file) =>
        file.type === 'chunk' ? readFileSync(join(folder, file.fileName), 'utf8') : '',
      )
      .join('\n')
    expect(code.includes('EnvHttpProxyAgent')).toBe(isUndici)
    expect(code.includes('#default-transport')).toBe(false)
  },
)
