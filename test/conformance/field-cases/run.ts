/** Runs a case through the public API. */
import { createServer as createProxy } from 'node:http'
import { createServer as createTls } from 'node:tls'
import type { DirectoryPage, WantedEndpoint } from '../../../src/directory/index.ts'
import * as library from '../../../src/index.ts'
import {
  AssertionSigner,
  CarequalityClient,
  DirectoryClient,
  FhirPatientClient,
  pemSigner,
  readDirectoryEntry,
  selectEndpoint,
  type HttpOptions,
  type Signer,
} from '../../../src/index.ts'
import * as node from '../../../src/node/index.ts'
import { nodeTransport } from '../../../src/node/index.ts'
import type { CaseOutcome } from './judge.ts'
import {
  clientIdentity,
  type CaseCall,
  type CaseInput,
  type FieldCase,
  type FromFile,
} from './model.ts'
import { caseFetch, caseServer, listen } from './servers.ts'

type Input<Kind extends CaseInput['kind']> = Extract<CaseInput, { kind: Kind }>

/** What the case's servers saw. */
interface Seen {
  readonly requests: string[]
  readonly bodies: string[]
  readonly events: string[]
  /** Connections that came, where the case is about those. */
  result?: unknown
}

/** What became of the case. */
export async function runCase({ input, file }: FieldCase): Promise<CaseOutcome> {
  const seen: Seen = { requests: [], bodies: [], events: [] }
  try {
    return { ...seen, result: await resultOf(input, file, seen) }
  } catch (error) {
    return { ...seen, error: shownError(error) }
  }
}

function resultOf(input: CaseInput, file: FieldCase['file'], seen: Seen): Promise<unknown> {
  if (input.kind === 'patients') return ofPatients(input, seen)
  if (input.kind === 'client') return ofClient(input, seen)
  if (input.kind === 'directory') return ofDirectory(input, seen)
  if (input.kind === 'entry') return ofEntry(input)
  if (input.kind === 'signer') return ofSigner(input, file, seen)
  if (input.kind === 'http') return ofHttp(input)
  return input.kind === 'tls' ? ofTls(input, file, seen) : ofProxy()
}

function common(
  { answers }: Pick<Input<'patients'>, 'answers'>,
  seen: Seen,
): Pick<HttpOptions, 'fetch' | 'onEvent'> {
  return {
    fetch: caseFetch(answers, seen.requests, seen.bodies),
    onEvent: ({ type }: library.ClientEvent) => seen.events.push(type),
  }
}

async function ofPatients(input: Input<'patients'>, seen: Seen): Promise<unknown> {
  const { base: baseUrl, options, call, calls = call === undefined ? [] : [call] } = input
  const patients = new FhirPatientClient({ baseUrl, ...common(input, seen), ...options })
  let result: unknown
  for (const one of calls) {
    try {
      result = await resultOfCall(patients, one)
    } catch (error) {
      if (one.mayFail !== true) throw error
    }
  }
  return result
}

async function resultOfCall(
  patients: FhirPatientClient,
  { fn, args = [], end = 'toArray' }: CaseCall,
): Promise<object> {
  const call = Reflect.get(patients, fn) as (...args: unknown[]) => unknown
  const given = call.apply(patients, args.map(revived))
  if (fn === 'search' || fn === 'everything') {
    const results = given as ReturnType<FhirPatientClient['everything']>
    if (end === 'toArray') {
      const { resources, complete } = await results.toArray({ max: 1000 })
      return { ids: resources.map(({ id }) => id), complete }
    }
    const ids: string[] = []
    for await (const { resourceType, id } of results) ids.push(`${resourceType}/${id ?? ''}`)
    return { ids }
  }
  if (fn === 'match') {
    const matches = await (given as ReturnType<FhirPatientClient['match']>)
    return {
      ids: matches.map(({ resource }) => resource.id),
      grades: matches.map(({ grade }) => grade ?? null),
    }
  }
  const resource = await (given as ReturnType<FhirPatientClient['find']>)
  return resource === undefined ? { value: 'undefined' } : { ids: [resource.id], value: resource }
}

async function ofClient(input: Input<'client'>, seen: Seen): Promise<unknown> {
  const { options, responder: place, responderOptions, call } = input
  const signer = await pemSigner(clientIdentity())
  const identity = { clientId: 'fhir.example-hospital.org', signer }
  const client = new CarequalityClient({ ...identity, ...common(input, seen), ...options })
  const responder = await client.responder(place, responderOptions)
  const found = call === undefined ? {} : await resultOfCall(responder.patients, call)
  await client.close()
  const form = seen.bodies.find((body) => body.includes('grant_type'))
  return {
    explain: String(responder.explain()),
    fhirVersion: responder.capabilities.fhirVersion,
    ...found,
    ...(form === undefined ? {} : { scope: new URLSearchParams(form).get('scope') }),
  }
}

async function ofDirectory(input: Input<'directory'>, seen: Seen): Promise<unknown> {
  const { base: baseUrl, release = 'carequality-r4', options, call, select } = input
  const place = { release, baseUrl, apiKey: 'test-key-1' }
  const directory = new DirectoryClient({ ...place, ...common(input, seen), ...options })
  if (call.fn === 'entries') {
    const listing = directory.entries()
    const ids: string[] = []
    for await (const { id } of listing) ids.push(id)
    return { ids, complete: listing.account.complete, why: listing.account.why }
  }
  const method = Reflect.get(directory, call.fn) as (...args: unknown[]) => Promise<unknown>
  const given = await method.apply(directory, [...(call.args ?? [])])
  const page = call.fn === 'search' ? (given as DirectoryPage) : undefined
  const entry = page === undefined ? (given as library.DirectoryEntry) : page.entries[0]
  return {
    ids: page?.entries.map(({ id }) => id),
    endpoints: page?.entries.map(({ endpoints }) => endpoints.length),
    entry,
    ...(select === undefined || entry === undefined ? {} : await selected(entry, select)),
  }
}

async function ofEntry({ resource, wanted = {} }: Input<'entry'>): Promise<unknown> {
  const entry = readDirectoryEntry(resource)
  if (entry === undefined) throw new Error('the resource of the case is no entry')
  return { entry: { ...entry, resource: undefined }, ...(await selected(entry, wanted)) }
}

async function selected(entry: library.DirectoryEntry, wanted: WantedEndpoint): Promise<object> {
  const { endpoint, candidates } = await selectEndpoint(entry, wanted)
  return {
    address: endpoint?.address ?? null,
    fhirVersion: endpoint?.fhirVersion,
    why: candidates.map(({ why }) => why),
  }
}

async function ofSigner(
  { fn, options, assertion }: Input<'signer'>,
  file: FieldCase['file'],
  seen: Seen,
): Promise<unknown> {
  const value = (given: string | object): unknown => {
    if (!isFile(given)) return given
    return given.bytes === true ? file(given.$file) : file(given.$file).toString('utf8')
  }
  const filled = Object.fromEntries(
    Object.entries(options).map(([name, given]) => [name, value(given)]),
  )
  const make = (Reflect.get(library, fn) ?? Reflect.get(node, fn)) as (
    options: unknown,
  ) => Promise<Signer>
  const signer = await make(filled)
  const result = { algorithms: signer.algorithms, certificates: signer.certificates?.length ?? 0 }
  if (assertion === undefined) return result
  const onEvent = ({ type }: library.ClientEvent): number => seen.events.push(type)
  const signed = await new AssertionSigner({ signer, onEvent, ...assertion }).sign({
    audience: 'https://as.example.org/token',
  })
  const header = JSON.parse(Buffer.from(signed.split('.')[0] ?? '', 'base64url').toString()) as {
    x5c?: unknown[]
  }
  return { ...result, x5c: header.x5c?.length }
}

function isFile(given: string | object): given is FromFile {
  return typeof given === 'object' && '$file' in given
}

/** By the platform's fetch and by nodeTransport. */
async function ofHttp({ answers, options, calls }: Input<'http'>): Promise<unknown> {
  const by = async (transport?: library.Transport): Promise<object> => {
    const server = await caseServer(answers)
    try {
      const patients = new FhirPatientClient({
        baseUrl: server.base,
        allowInsecureLoopback: true,
        transport,
        ...options,
      })
      let result: object = {}
      for (const call of calls) result = await resultOfCall(patients, call)
      const { value, ids } = result as { value?: unknown; ids?: unknown }
      return { value: value === 'undefined' ? value : ids, requests: server.count() }
    } catch (error) {
      return { error: shownError(error).code, requests: server.count() }
    } finally {
      server.close()
    }
  }
  return { fetch: await by(), nodeTransport: await by(nodeTransport()) }
}

async function ofTls(
  { key, cert, ca }: Input<'tls'>,
  file: FieldCase['file'],
  seen: Seen,
): Promise<unknown> {
  let connections = 0
  const server = createTls({ key: file(key), cert: file(cert) })
  server.on('connection', () => (connections += 1))
  server.on('tlsClientError', () => undefined)
  const baseUrl = `https://localhost:${await listen(server)}/r4`
  const transport = nodeTransport({ ca: file(ca).toString('utf8') })
  try {
    await new FhirPatientClient({ baseUrl, allowInsecureLoopback: true, transport }).read('1')
    return { connections }
  } finally {
    seen.result = { connections }
    server.close()
  }
}

async function ofProxy(): Promise<unknown> {
  const proxy = createProxy()
  proxy.on('connect', (_request, socket) => {
    socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n')
  })
  const at = `http://127.0.0.1:${await listen(proxy)}`
  const transport = nodeTransport({ proxy: at, lookupGuard: false })
  try {
    return await new FhirPatientClient({ baseUrl: 'https://fhir.example.org/r4', transport }).read(
      '1',
      { timeoutMs: 5_000 },
    )
  } finally {
    proxy.close()
  }
}

/** JSON has no dates and no URLSearchParams. */
function revived(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revived)
  if (typeof value !== 'object' || value === null) return value
  const { $date, $usp } = value as { $date?: string; $usp?: string }
  if ($date !== undefined) return new Date($date)
  if ($usp !== undefined) return new URLSearchParams($usp)
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, revived(member)]))
}

function shownError(error: unknown): { code: string; message: string; retryable: unknown } {
  if (!(error instanceof Error))
    return { code: typeof error, message: String(error), retryable: undefined }
  const { code, retryable } = error as { code?: string; retryable?: unknown }
  return { code: code ?? error.name, message: error.message, retryable }
}
