/** oidc-provider 9 on a loopback port. */
import { X509Certificate } from 'node:crypto'
import { certificateOf, listen, seenOf } from './listen.mjs'

/** RS512, PS512 and ES512 are left out on purpose: a server need not take all that we can sign. */
const ALGORITHMS = ['RS256', 'RS384', 'ES256', 'ES384', 'PS384']
const SCOPES = [
  'system/Patient.read',
  'system/Patient.rs',
  'system/Patient.write',
  'system/*.read',
  'system/DocumentReference.read',
]
export const AUDIENCE = 'urn:fhir'

/**
 * `clients` as in harness.d.mts; with the hook that holds the SMART and UDAP rules that the provider
 * does not check by itself. `denials` has the reason of each refusal: the wire hides it.
 */
export async function startAuthorizationServer({
  clients,
  tokenLifetimeS = 300,
  rules = true,
  tls,
}) {
  const { Provider, errors } = await import('oidc-provider')
  const { server, url: issuer, close } = await listen(tls)
  const denials = []
  const requests = []
  const provider = new Provider(issuer, {
    clientAuthMethods: ['private_key_jwt'],
    enabledJWA: { clientAuthSigningAlgValues: ALGORITHMS },
    scopes: SCOPES,
    ttl: { ClientCredentials: tokenLifetimeS },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => AUDIENCE,
        getResourceServerInfo: () => ({
          scope: SCOPES.join(' '),
          audience: AUDIENCE,
          accessTokenFormat: 'jwt',
          accessTokenTTL: tokenLifetimeS,
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
      mTLS: {
        enabled: true,
        certificateBoundAccessTokens: true,
        getCertificate: ({ req }) => {
          const certificate = certificateOf(req)
          return certificate && new X509Certificate(certificate)
        },
      },
    },
    assertJwtClientAuthClaimsAndHeader: (ctx, claims, header) => {
      if (!rules) return
      if (claims.exp - claims.iat > 300)
        throw new errors.InvalidClientAuth('exp more than 5 minutes after iat')
      if (header.typ !== 'JWT') throw new errors.InvalidClientAuth('typ is not JWT')
    },
    // Its own refuses every loopback address.
    fetch: (input, { dispatcher, ...init }) => globalThis.fetch(input, init),
    clients: clients.map(registration),
  })
  provider.on('grant.error', (ctx, error) =>
    denials.push(error.error_detail ?? error.error_description ?? error.message),
  )
  const callback = provider.callback()
  let losses = 0
  server.on('request', (request, response) => {
    requests.push(seenOf(request))
    if (losses > 0) {
      losses -= 1
      response.end = () => request.socket.destroy()
    }
    callback(request, response)
  })
  return {
    issuer,
    tokenEndpoint: `${issuer}/token`,
    jwksUri: `${issuer}/jwks`,
    denials,
    requests,
    loseAnswers: (count) => {
      losses = count
    },
    close,
  }
}

function registration({ clientId, jwk, jwksUri, alg, scope, boundTokens, grantTypes }) {
  return {
    client_id: clientId,
    grant_types: grantTypes ?? ['client_credentials'],
    redirect_uris: grantTypes === undefined ? [] : ['https://client.example.org/back'],
    response_types: grantTypes === undefined ? [] : ['code'],
    token_endpoint_auth_method: 'private_key_jwt',
    ...(alg === undefined ? {} : { token_endpoint_auth_signing_alg: alg }),
    scope: scope ?? 'system/Patient.read system/Patient.rs',
    tls_client_certificate_bound_access_tokens: boundTokens ?? false,
    ...(jwksUri === undefined
      ? { jwks: { keys: [{ ...jwk, use: 'sig' }] } }
      : { jwks_uri: jwksUri }),
  }
}
