/** What differs between runtimes that have Node's modules: client certificates, resolved addresses, proxies. */
import type { FetchLike, HttpOptions } from '../../src/index.ts'
import { equal } from './checks.ts'
import type { Plan, ProbeName, ProbeResult } from './plan.ts'
import type { Modules } from './suite.ts'

type Node = typeof import('../../src/node/index.ts')

/** The options that Bun and Deno add to `fetch`. */
interface WithOwnFetch {
  readonly Bun?: object
  readonly Deno?: {
    createHttpClient(options: {
      caCerts?: string[]
      cert?: string
      key?: string
      proxy?: { url: string }
    }): object
  }
  fetch(request: Request, options?: object): Promise<Response>
}

export async function runProbes(
  library: Modules['library'],
  { nodeTransport }: Node,
  { tlsBase, plainBase, proxy, ca, cert, key }: Plan['probes'],
): Promise<readonly ProbeResult[]> {
  const results: ProbeResult[] = []
  const read = async (baseUrl: string, options: HttpOptions): Promise<string | undefined> => {
    const client = new library.FhirPatientClient({
      ...{ baseUrl, allowInsecureLoopback: true, timeoutMs: 15_000 },
      ...options,
    })
    try {
      return (await client.read('1')).meta?.source
    } catch (error) {
      return library.isCarequalityError(error) ? error.code : String(error)
    } finally {
      await options.transport?.close?.()
    }
  }
  const probe = async (name: ProbeName, run: () => Promise<void>): Promise<void> => {
    try {
      await run()
      results.push({ name, result: true })
    } catch (error) {
      results.push({ name, result: error instanceof Error ? error.message : String(error) })
    }
  }

  await probe('clientCertificate', async () => {
    const origins = [new URL(tlsBase).origin]
    const transport = nodeTransport({ ca, cert, key, origins })
    equal(await read(tlsBase, { transport }), 'direct')
    equal(await read(tlsBase, { transport: nodeTransport({ ca }) }), 'ERR_CQ_NETWORK')
  })
  await probe('lookupGuard', async () => {
    const transport = nodeTransport({
      lookup: (_name, _options, callback) => {
        callback(null, [{ address: '127.0.0.1', family: 4 }])
      },
    })
    const base = tlsBase.replace('127.0.0.1', 'fhir.example.org')
    const options = { transport, allowInsecureLoopback: false }
    equal(await read(base, options), 'ERR_CQ_ORIGIN_REFUSED')
  })
  await probe('proxy', async () => {
    const transport = nodeTransport({ proxy, noProxy: [] })
    equal(await read(plainBase, { transport }), 'proxied')
  })
  const own = ownFetch({ ca, cert, key, proxy })
  if (own !== undefined) {
    await probe('fetchClientCertificate', async () => {
      equal(await read(tlsBase, { fetch: own.certified }), 'direct')
      equal(await read(tlsBase, { fetch: own.uncertified }), 'ERR_CQ_NETWORK')
    })
    await probe('fetchProxy', async () => {
      equal(await read(plainBase, { fetch: own.proxied }), 'proxied')
    })
  }
  return results
}

interface OwnFetch {
  readonly certified: FetchLike
  readonly uncertified: FetchLike
  readonly proxied: FetchLike
}

function ownFetch(given: { ca: string; cert: string; key: string; proxy: string }) {
  const { ca, cert, key, proxy } = given
  const runtime = globalThis as unknown as WithOwnFetch
  const { Bun, Deno } = runtime
  const withOptions =
    (options: object): FetchLike =>
    (request) =>
      runtime.fetch(request, options)
  if (Bun !== undefined) {
    const own: OwnFetch = {
      certified: withOptions({ tls: { ca, cert, key } }),
      uncertified: withOptions({ tls: { ca } }),
      proxied: withOptions({ proxy }),
    }
    return own
  }
  if (Deno === undefined) return undefined
  const caCerts = [ca]
  const own: OwnFetch = {
    certified: withOptions({ client: Deno.createHttpClient({ caCerts, cert, key }) }),
    uncertified: withOptions({ client: Deno.createHttpClient({ caCerts }) }),
    proxied: withOptions({ client: Deno.createHttpClient({ proxy: { url: proxy } }) }),
  }
  return own
}
