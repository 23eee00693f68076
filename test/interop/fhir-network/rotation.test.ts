/** Keys that oidc-provider fetches from our JWK Set, and their replacement while calls run. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { expect, onTestFinished, test } from 'vitest'
import {
  AssertionSigner,
  pemSigner,
  publicJwks,
  TokenProvider,
  type AccessToken,
  type Signer,
} from '../../../src/index.ts'
import { failureOf } from '../../support/answering-fetch.ts'
import { serve, type Loopback } from '../../unit/http/loopback.ts'
import { startAuthorizationServer, type AuthorizationServer } from './harness.mjs'

const CLIENT_ID = 'client.example.org'
const signerOf = ({ privateKey }: { privateKey: KeyObject }): Promise<Signer> =>
  pemSigner({ key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() })
const oldKey = await signerOf(generateKeyPairSync('rsa', { modulusLength: 2048 }))
const newKey = await signerOf(generateKeyPairSync('ec', { namedCurve: 'P-384' }))

interface Hosted {
  readonly authorization: AuthorizationServer
  /** Where the JWK Set is. */
  readonly host: Loopback
  /** A new token: the one before is dropped. */
  readonly ask: () => Promise<AccessToken>
}

/** A client whose set holds `published`, and which signs with what `signer` gives. */
async function start(published: readonly Signer[], signer: () => Signer): Promise<Hosted> {
  const set = JSON.stringify(await publicJwks(...published))
  const host = await serve((response) => {
    response.writeHead(200, { 'content-type': 'application/jwk-set+json' }).end(set)
  })
  const authorization = await startAuthorizationServer({
    clients: [{ clientId: CLIENT_ID, jwksUri: `${host.origin}/jwks.json` }],
  })
  onTestFinished(() => authorization.close())
  const tokens = new TokenProvider({
    assertions: new AssertionSigner({ clientId: CLIENT_ID, signer, mode: 'smart-backend' }),
    allowInsecureLoopback: true,
  })
  const { tokenEndpoint, issuer } = authorization
  let last: AccessToken | undefined
  return {
    authorization,
    host,
    ask: async () => {
      if (last !== undefined) tokens.invalidate(last)
      const request = { tokenEndpoint, fhirBaseUrl: issuer, scope: 'system/Patient.read' }
      last = await tokens.getToken(request)
      return last
    },
  }
}

test('with old and new key side by side in the set, the signer is replaced and nothing is refused', async () => {
  let current = oldKey
  const { authorization, host, ask } = await start([oldKey, newKey], () => current)
  const { accessToken } = await ask()
  current = newKey
  expect((await ask()).accessToken).not.toBe(accessToken)
  expect(authorization.denials).toEqual([])
  expect(host.seen.map(({ url }) => url)).toEqual(['/jwks.json'])
})

test('a new key that the set does not hold yet is invalid_client, and the set is not fetched again at once', async () => {
  let current = oldKey
  const { authorization, host, ask } = await start([oldKey], () => current)
  await ask()
  current = newKey
  expect(await failureOf(ask())).toMatchObject({
    ...{ code: 'ERR_CQ_TOKEN_REJECTED', error: 'invalid_client', status: 401 },
  })
  expect(authorization.denials).toEqual(['no applicable key found in the JSON Web Key Set'])
  expect(host.seen).toHaveLength(1)
  current = oldKey
  await ask()
})
