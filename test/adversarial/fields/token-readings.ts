/** How discovery documents and the answers of authorization servers are read. */
import {
  AssertionSigner,
  CapabilityResolver,
  CarequalityClient,
  TokenProvider,
} from '../../../src/index.ts'
import { createSandbox } from '../../../src/testing/index.ts'
import * as samples from './samples.ts'
import { ASKED, ASSERTION, BASE, DIRECTORY, TOKEN_ENDPOINT } from './samples.ts'
import {
  fhirReply,
  optionsFor,
  PLAIN,
  reply,
  type Reading,
  type Replies,
  type Served,
} from './servers.ts'

const sandbox = createSandbox().then(({ options }) => options)

/** Discovery, token and a read by a whole client; the one document is hostile, the other not published. */
function discovery(path: 'metadata' | '.well-known/smart-configuration'): Reading {
  return {
    sent: [],
    read: async (served, options) => {
      const replies: Replies = ({ url, method }) => {
        if (url === `${BASE}/${path}`) return served
        if (url.endsWith('/metadata') || url.endsWith('/smart-configuration')) return undefined
        if (method === 'POST') return reply(200, PLAIN, JSON.stringify(samples.tokenResponse))
        return fhirReply(samples.patient())
      }
      const all = optionsFor(replies, options)
      const directory = { release: 'rce-r4', baseUrl: DIRECTORY, apiKey: ASKED.apiKey } as const
      const { clientId, signer } = await sandbox
      const client = new CarequalityClient({ clientId, signer, directory, ...all })
      try {
        const responder = await client.responder({ baseUrl: BASE })
        JSON.stringify([String(responder.explain()), responder.explain()])
        await responder.patients.read(ASKED.id)
      } finally {
        await client.close()
      }
      await new CapabilityResolver(all).resolve(BASE)
    },
  }
}

export const TOKEN_READINGS: Readonly<Record<'metadata' | 'smart' | 'token', Reading>> = {
  metadata: discovery('metadata'),
  smart: discovery('.well-known/smart-configuration'),
  /** Twice, so that a token that is kept is used. */
  token: {
    sent: [ASSERTION],
    read: async (served, options) => {
      const { clientId, signer } = await sandbox
      const tokens = new TokenProvider({
        assertions: new AssertionSigner({ clientId, signer }),
        ...optionsFor(({ body }) => withAssertion(served, body), options),
      })
      const request = {
        tokenEndpoint: TOKEN_ENDPOINT,
        fhirBaseUrl: BASE,
        scope: 'system/Patient.read',
      }
      await tokens.getToken(request)
      await tokens.getToken(request)
    },
  },
}

/** What stands for the assertion gives way to the one that was sent. */
function withAssertion({ status, headers, text }: Served, body: string | undefined): Served {
  const assertion = new URLSearchParams(body).get('client_assertion') ?? ''
  const filled = Object.entries(headers).map(([name, value]) => [
    name,
    value.replaceAll(ASSERTION, assertion),
  ])
  return reply(
    status,
    Object.fromEntries(filled) as Served['headers'],
    text.replaceAll(ASSERTION, assertion),
  )
}
