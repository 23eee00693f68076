// A user's program: everything but the sandbox, so that bundlers show what the main entry needs.
import { CarequalityClient, isCarequalityError, jwkSigner } from 'carequality-fhir'
import { TokenError } from 'carequality-fhir/errors'
import { publicJwks } from 'carequality-fhir/signers'
import { hl7B2b } from 'carequality-fhir/udap'

export async function main() {
  const { privateKey } = await crypto.subtle.generateKey(
    { name: 'ECDSA', namedCurve: 'P-256' },
    true,
    ['sign'],
  )
  const signer = await jwkSigner({ key: await crypto.subtle.exportKey('jwk', privateKey) })
  const { keys } = await publicJwks(signer)
  const asked = []
  const answers = {
    '/r4/metadata': { resourceType: 'CapabilityStatement', status: 'active', fhirVersion: '4.0.1' },
    '/r4/.well-known/smart-configuration': { token_endpoint: 'https://fhir.example.org/token' },
    '/token': { access_token: 't', token_type: 'Bearer', expires_in: 300 },
    '/r4/Patient/1': { resourceType: 'Patient', id: '1', birthDate: '1946-04-05' },
  }
  const client = new CarequalityClient({
    clientId: 'client.example.org',
    signer,
    mode: 'smart-backend',
    directory: { release: 'carequality-stu3', apiKey: 'k' },
    fetch: (request) => {
      const { pathname } = new URL(request.url)
      asked.push(pathname)
      const body = answers[pathname]
      return Promise.resolve(
        Response.json(body ?? {}, {
          status: body === undefined ? 404 : 200,
          headers: {
            'content-type':
              body?.resourceType === undefined ? 'application/json' : 'application/fhir+json',
          },
        }),
      )
    },
  })
  const { patients } = await client.responder({ baseUrl: 'https://fhir.example.org/r4' })
  const { birthDate } = await patients.read('1')
  const failure = await patients.read('2').catch((error) => error)
  await client.close()
  if (!isCarequalityError(failure) || failure instanceof TokenError) throw failure
  if (typeof hl7B2b !== 'function' || keys.length !== 1) throw new Error('an entry is not whole')
  return `${birthDate} ${failure.code}`
}
