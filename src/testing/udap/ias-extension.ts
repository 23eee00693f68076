/** The `tefca_ias` extension: individual access, with the id token of a credential service provider. */
import type { Patient } from 'fhir/r4.js'
import { encode } from 'jose/base64url'
import { isRecord } from '../../lib/arguments.ts'
import { signatureOf, ascii, type Keys } from '../pki-values.ts'
import { isNumber, isText, isTexts, refuseAs } from './claims.ts'
import { readPart, type Members } from './jws.ts'
import type { RegisteredClient } from './registration-server.ts'

const invalid = refuseAs('invalid_grant')
const LIFE_SECONDS = 600

/** The credential service provider of the sandbox: it knows who its people are. */
export class CredentialProvider {
  readonly #keys: () => Promise<Keys>
  readonly #now: () => number

  constructor(keys: () => Promise<Keys>, now: () => number) {
    this.#keys = keys
    this.#now = now
  }

  /** An OpenID Connect id token about a person. */
  async idToken(person: Pick<Patient, 'name' | 'birthDate'>, audience: string): Promise<string> {
    const [name] = person.name ?? []
    const iat = Math.floor(this.#now() / 1000)
    const claims = {
      iss: 'https://csp.sandbox.example',
      sub: 'person-1',
      aud: audience,
      iat,
      exp: iat + LIFE_SECONDS,
      given_name: name?.given?.[0],
      family_name: name?.family,
      birthdate: person.birthDate,
    }
    const input = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}`
    return `${input}.${encode(await signatureOf(ascii(input), await this.#keys()))}`
  }

  /** The claims of an id token of its own. */
  async claimsOf(token: string): Promise<Members> {
    const parts = token.split('.')
    const [header = '', claims = '', signature = ''] = parts
    const input = ascii(`${header}.${claims}`)
    const { alg } = readPart(header) ?? {}
    // RSASSA-PKCS1-v1_5 gives the same signature for the same input, so that it can be compared.
    const own =
      parts.length === 3 && encode(await signatureOf(input, await this.#keys())) === signature
    if (alg !== 'RS256' || !own) return invalid('tefca_ias: the id token is not one of a known CSP')
    const told = readPart(claims) ?? {}
    if (!isNumber(told.exp) || told.exp <= this.#now() / 1000) {
      return invalid('tefca_ias: the id token has expired')
    }
    return told
  }
}

/** Checks `tefca_ias`, and that it speaks of a patient that this server has. */
export async function checkIas(
  value: unknown,
  client: RegisteredClient,
  { csp, patients }: { csp: CredentialProvider; patients: readonly Patient[] },
): Promise<void> {
  if (!isRecord(value)) return invalid('the extension "tefca_ias" is required for T-IAS')
  const { version, user_information: user, patient_information: patient, id_token: token } = value
  if (version !== '1') return invalid('tefca_ias: "version" must be the text "1"')
  if (!isRecord(user) || user.resourceType !== 'RelatedPerson') {
    return invalid('tefca_ias: "user_information" must be a RelatedPerson')
  }
  if (!isRecord(patient) || patient.resourceType !== 'Patient') {
    return invalid('tefca_ias: "patient_information" must be a Patient')
  }
  if (!isText(token)) return invalid('tefca_ias: "id_token" must be a text')
  const { consent_policy: policy } = value
  const isPatient = JSON.stringify(user.relationship ?? []).includes('"ONESELF"')
  if (policy === undefined ? !isPatient : !isTexts(policy)) {
    return invalid('tefca_ias: "consent_policy" is required where the user is not the patient')
  }
  const claims = await csp.claimsOf(token)
  if (claims.aud !== client.homeCommunityId) {
    return invalid('tefca_ias: "aud" of the id token must be the registered home community')
  }
  const [name] = Array.isArray(patient.name) ? (patient.name as readonly unknown[]) : []
  const family = isRecord(name) ? name.family : undefined
  if (isPatient && (claims.family_name !== family || claims.birthdate !== patient.birthDate)) {
    return invalid('tefca_ias: the id token is about someone else')
  }
  const match = patients.some(
    (one) =>
      one.birthDate !== undefined &&
      one.birthDate === patient.birthDate &&
      one.name?.some((known) => known.family === family) === true,
  )
  if (!match) return invalid('tefca_ias: no match')
}

function part(value: object): string {
  return encode(ascii(JSON.stringify(value)))
}
