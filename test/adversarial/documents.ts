/** What the honest servers answer, and the values that must never be shown. */

export const OID = '2.999.7.1'
export const PATIENT_ID = 'pt-canary-1'
export const VERSION_ID = 'v-canary-1'
export const FAMILY = 'Zebulon-Canary'
export const BIRTHDATE = '1931-02-17'
export const MRN = 'MRN-777-CANARY'
/** What the attachment holds. */
export const ATTACHMENT: string = '%PDF-CANARY '.repeat(4_000)

/** Patient values that the client sends or servers send back. */
export const PATIENT_VALUES: readonly string[] = [PATIENT_ID, VERSION_ID, FAMILY, BIRTHDATE, MRN]

const OAUTH_URIS = 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris'
export const CERNER_URIS =
  'https://fhir-ehr.cerner.com/r4/StructureDefinition/carequality-oauth-uris'

export function patient(id: string = PATIENT_ID, more: object = {}): object {
  return {
    resourceType: 'Patient',
    id,
    meta: { versionId: VERSION_ID },
    identifier: [{ system: 'urn:oid:2.999.1', value: MRN }],
    name: [{ family: FAMILY, given: ['Ada'] }],
    birthDate: BIRTHDATE,
    ...more,
  }
}

/** A searchset of these resources; a text stands for the Patient with that id. */
export function searchset(items: readonly unknown[], links: readonly unknown[] = []): object {
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    link: links,
    entry: items.map((item) => ({
      resource: typeof item === 'string' ? patient(item) : item,
      search: { mode: 'match', score: 0.9 },
    })),
  }
}

export function next(url: unknown): object {
  return { relation: 'next', url }
}

export function history(links: readonly unknown[] = []): object {
  const versions = [VERSION_ID, 'v-canary-0'].map((versionId) => ({
    resource: patient(PATIENT_ID, { meta: { versionId } }),
    request: { method: 'PUT', url: `Patient/${PATIENT_ID}` },
  }))
  return { resourceType: 'Bundle', type: 'history', link: links, entry: versions }
}

/** An answer that quotes all it can. */
export function outcome(words: readonly string[], severity = 'error', code = 'processing'): object {
  const text = words.join(' ')
  return {
    resourceType: 'OperationOutcome',
    issue: [{ severity, code, details: { text }, diagnostics: text }],
  }
}

export function capabilityStatement(tokenUrl: unknown, more: readonly object[] = []): object {
  const uris = tokenUrl === undefined ? [] : [{ url: 'token', valueUri: tokenUrl }]
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    kind: 'instance',
    fhirVersion: '4.0.1',
    format: ['json'],
    rest: [
      { mode: 'server', security: { extension: [{ url: OAUTH_URIS, extension: uris }, ...more] } },
    ],
  }
}

export function smartConfiguration(tokenUrl: unknown): object {
  return {
    ...(tokenUrl === undefined ? {} : { token_endpoint: tokenUrl }),
    token_endpoint_auth_methods_supported: ['private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: ['ES256', 'ES384'],
    capabilities: ['client-confidential-asymmetric', 'permission-v1'],
  }
}

export function organizationXml(address: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<Organization xmlns="http://hl7.org/fhir"><id value="${OID}"/><active value="true"/><name value="Honest Hospital"/>
<contained><Endpoint><status value="active"/><connectionType><code value="hl7-fhir-rest"/></connectionType><address value="${escaped(address)}"/></Endpoint></contained></Organization>`
}

export function organizationR4(address: unknown, more: object = {}): object {
  return {
    resourceType: 'Organization',
    id: OID,
    active: true,
    name: 'Honest Hospital',
    contained: [endpointR4('e1', address)],
    endpoint: [{ reference: '#e1' }],
    ...more,
  }
}

export function endpointR4(id: string, address: unknown): object {
  return {
    resourceType: 'Endpoint',
    id,
    status: 'active',
    connectionType: { code: 'hl7-fhir-rest' },
    payloadType: [{ text: 'any' }],
    address,
  }
}

function escaped(text: string): string {
  return text
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/"/g, '&quot;')
    .replace(/[\t\r\n]/g, (c) => `&#${c.charCodeAt(0)};`)
}
