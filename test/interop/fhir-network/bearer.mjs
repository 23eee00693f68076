/** How a FHIR server of the suite judges a bearer token: by the authorization server's JWK Set. */
import { get } from 'node:https'
import { createRemoteJWKSet, customFetch, jwtVerify } from 'jose'
import { AUDIENCE } from './authorization-server.mjs'
import { certificateOf, textOf, thumbprintOf } from './listen.mjs'

/** Gives the claims of a request's token, or throws with `challenge` and `text`. */
export function bearerJudge({ issuer, jwksUri }, ca) {
  const keys = createRemoteJWKSet(
    new URL(jwksUri),
    ca === undefined ? {} : { [customFetch]: (target) => fetchOver(target, ca) },
  )
  return async (request) => {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1]
    if (token === undefined) throw refusal('Bearer', 'No token')
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience: AUDIENCE,
      typ: 'at+jwt',
    }).catch(() => {
      throw refusal('Bearer error="invalid_token"', 'Token refused')
    })
    const bound = payload.cnf?.['x5t#S256']
    if (bound !== undefined && bound !== thumbprintOf(certificateOf(request)))
      throw refusal('Bearer error="invalid_token"', 'Token of another certificate')
    return payload
  }
}

function refusal(challenge, text) {
  return Object.assign(new Error(text), { challenge, text })
}

/** A GET by an authority that the global fetch does not know. */
async function fetchOver(url, ca) {
  const answer = await new Promise((resolve, reject) => {
    get(url, { ca, agent: false }, resolve).on('error', reject)
  })
  return new Response(await textOf(answer), { status: answer.statusCode })
}
