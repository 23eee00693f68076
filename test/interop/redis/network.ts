/** Many responders on loopback, in one server for each origin, which count what reaches them. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Network {
  readonly bases: readonly string[]
  /** `$match` requests of each base. */
  readonly matches: Map<string, number>
  readonly tokens: { count: number }
  /** Most at once that an origin saw, over all its bases. */
  readonly most: { atOnce: number }
  /** Requests of all kinds. */
  readonly requests: { count: number }
  close(): void
}

/** Each `$match` takes `delayMs`. */
export async function startNetwork(
  origins: number,
  perOrigin: number,
  delayMs: number,
): Promise<Network> {
  const network = {
    bases: [] as string[],
    matches: new Map<string, number>(),
    tokens: { count: 0 },
    most: { atOnce: 0 },
    requests: { count: 0 },
  }
  const servers: Server[] = []
  for (let at = 0; at < origins; at += 1) {
    let underway = 0
    const server = createServer((request, response) => {
      underway += 1
      network.requests.count += 1
      network.most.atOnce = Math.max(network.most.atOnce, underway)
      request.resume()
      request.on('end', () => {
        const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
        const [, base = ''] = /^\/(\w+)/.exec(request.url ?? '') ?? []
        const answer = (status: number, body: object): void => {
          underway -= 1
          response.writeHead(status, { 'content-type': 'application/fhir+json' })
          response.end(JSON.stringify(body))
        }
        const path = request.url ?? ''
        if (path.endsWith('/metadata')) answer(200, statementOf(`${origin}/${base}`))
        else if (path.endsWith('/token')) {
          network.tokens.count += 1
          answer(200, {
            access_token: `marked-token-${network.tokens.count}`,
            token_type: 'Bearer',
            expires_in: 300,
          })
        } else if (path.endsWith('/$match')) {
          const key = `${origin}/${base}`
          network.matches.set(key, (network.matches.get(key) ?? 0) + 1)
          setTimeout(() => answer(200, matchOf()), delayMs)
        } else answer(404, {})
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    servers.push(server)
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    for (let base = 0; base < perOrigin; base += 1) network.bases.push(`${origin}/r${base}`)
  }
  return {
    ...network,
    close: () => {
      for (const server of servers) {
        server.closeAllConnections()
        server.close()
      }
    },
  }
}

function statementOf(base: string): object {
  const url = 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris'
  const security = {
    extension: [{ url, extension: [{ url: 'token', valueUri: `${base}/token` }] }],
  }
  const operation = [
    { name: 'match', definition: 'http://hl7.org/fhir/OperationDefinition/Patient-match' },
  ]
  return {
    resourceType: 'CapabilityStatement',
    fhirVersion: '4.0.1',
    rest: [{ mode: 'server', security, resource: [{ type: 'Patient', operation }] }],
  }
}

function matchOf(): object {
  const grade = { url: 'http://hl7.org/fhir/StructureDefinition/match-grade', valueCode: 'certain' }
  const resource = { resourceType: 'Patient', id: 'marked-patient', name: [{ family: 'Marked' }] }
  const entry = [{ resource, search: { mode: 'match', score: 1, extension: [grade] } }]
  return { resourceType: 'Bundle', type: 'searchset', total: 1, entry }
}
