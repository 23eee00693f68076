/** A user's program: compiled against the installed tarball, never run. */
import {
  CarequalityClient,
  isCarequalityError,
  pemSigner,
  type Patient,
  type Signer,
} from 'carequality-fhir'
import { TokenError } from 'carequality-fhir/errors'
import { publicJwks } from 'carequality-fhir/signers'
import { createSandbox } from 'carequality-fhir/testing'

export async function program(key: string): Promise<Patient | undefined> {
  const signer: Signer = await pemSigner({ key })
  // @ts-expect-error a signer has no such member
  signer.secret
  // @ts-expect-error an algorithm that cannot be expressed
  const weak: Signer = { algorithms: ['HS256'], sign: () => Promise.resolve(new Uint8Array()) }
  const own: Signer = {
    algorithms: ['ES256'],
    sign: (data, { alg, signal }) =>
      Promise.resolve(signal.aborted ? data : new TextEncoder().encode(alg)),
  }
  const client = new CarequalityClient({
    directory: { release: 'carequality-stu3', apiKey: 'k' },
    clientId: 'c',
    signer: () => own,
  })
  // @ts-expect-error a misspelt option
  new CarequalityClient({ clientId: 'c', signer, timeoutMilliseconds: 1 })
  const responder = await client.organization('1.2.3')
  const patient = await responder.patients.read('1')
  const family: string | undefined = patient.name?.[0]?.family
  // @ts-expect-error a Patient id is text; a silent any would accept this
  const number: number = patient.id
  // @ts-expect-error a Patient has no such property
  patient.surname
  for await (const hit of responder.patients.search({ family: 'x', birthdate: '1946' })) {
    // @ts-expect-error hits are Patients
    hit.valueQuantity
  }
  // @ts-expect-error a misspelt parameter
  responder.patients.search({ famly: 'x' })
  // @ts-expect-error a prefix that FHIR does not have
  responder.patients.search({ birthdate: { xx: '1946' } })
  responder.patients.search({ birthdate: { ge: '1940', lt: '1950' } })
  // @ts-expect-error no resource type
  responder.fhir.search('Documents', { patient: '1' })
  for await (const found of responder.fhir.search('DocumentReference', { patient: '1' })) {
    // @ts-expect-error an attachment's address is text; a silent any would accept this
    const url: number | undefined = found.content[0]?.attachment.url
    console.log(url)
  }
  const older = await client.responder({ baseUrl: 'b' }, { fhirVersion: 'STU3' })
  // @ts-expect-error a resource type of R4
  await older.fhir.read('ServiceRequest', '1')
  const { comment } = await older.fhir.read('Observation', '1')
  // @ts-expect-error a property of STU3
  const { comment: none } = await responder.fhir.read('Observation', '1')
  console.log(comment, none)
  try {
    const token = await client.tokenProvider.getToken({
      tokenEndpoint: 't',
      fhirBaseUrl: 'b',
      scope: 's',
    })
    // @ts-expect-error expiresAt is a number
    const at: string = token.expiresAt
    console.log(at)
  } catch (error) {
    if (isCarequalityError(error) && error.code === 'ERR_CQ_TIMEOUT')
      console.log(error.retryAfterMs?.toFixed())
    if (isCarequalityError(error)) {
      switch (error.code) {
        case 'ERR_CQ_TOKEN_PAUSED':
          console.log(error.retryAt?.toFixed())
          break
        case 'ERR_CQ_PAGE_EXPIRED':
          console.log(error.received?.toFixed(), error.outcome?.issue.length)
          // @ts-expect-error only errors of tokens have it
          console.log(error.retryAt)
          break
        default: {
          // @ts-expect-error the two above are not left
          const left: 'ERR_CQ_TOKEN_PAUSED' | 'ERR_CQ_PAGE_EXPIRED' = error.code
          console.log(left)
        }
      }
    }
    if (error instanceof TokenError) {
      const code:
        | 'ERR_CQ_TOKEN_REJECTED'
        | 'ERR_CQ_INVALID_TOKEN_RESPONSE'
        | 'ERR_CQ_UNSUPPORTED_TOKEN_TYPE'
        | 'ERR_CQ_TOKEN_PAUSED' = error.code
      console.log(code, error.errorDescription)
    }
  }
  const { keys } = await publicJwks(signer)
  const { requests } = await createSandbox({ tokenLifetimeMs: 1000 })
  console.log(weak, family, number, keys[0]?.kty, requests.length)
  return patient
}
