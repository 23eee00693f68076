/** A FHIR server and its token endpoint on loopback, which count what reaches them. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface CountingResponder {
  readonly base: string
  tokens: number
  reads: number
  /** Whether token requests hang until `release`. */
  hold: boolean
  release(): void
  close(): void
}

export async function startResponder(): Promise<CountingResponder> {
  let held: (() => void)[] = []
  const server = createServer((request, response) => {
    request.resume()
    request.on('end', () => {
      const answer = (status: number, body: object): void => {
        response.writeHead(status, { 'content-type': 'application/fhir+json' })
        response.end(JSON.stringify(body))
      }
      const { url = '' } = request
      if (url.endsWith('/metadata')) {
        const oauth = 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris'
        const endpoints = [{ url: 'token', valueUri: `${state.base}/token` }]
        answer(200, {
          resourceType: 'CapabilityStatement',
          fhirVersion: '4.0.1',
          rest: [
            { mode: 'server', security: { extension: [{ url: oauth, extension: endpoints }] } },
          ],
        })
      } else if (url.endsWith('/token')) {
        state.tokens += 1
        const give = (): void =>
          answer(200, {
            access_token: `marked-token-${state.tokens}`,
            token_type: 'Bearer',
            expires_in: 300,
          })
        if (state.hold) held.push(give)
        else give()
      } else if (url.includes('/Patient/')) {
        state.reads += 1
        answer(200, { resourceType: 'Patient', id: 'marked-patient' })
      } else {
        answer(404, {})
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const state: CountingResponder = {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}/r4`,
    tokens: 0,
    reads: 0,
    hold: false,
    release: () => {
      state.hold = false
      for (const give of held) give()
      held = []
    },
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
  return state
}
