import type { CapabilityStatement, CapabilityStatementRestResource, Extension } from 'fhir/r4.js'
import { assertionAlgorithms, knownScopes } from './assertion-rules.ts'
import { urlOf, type OriginOf } from './respond.ts'
import type { FhirServerProfile } from './servers.ts'

const OAUTH_URIS = 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris'

type Offered = CapabilityStatementRestResource

const patient: Offered = {
  type: 'Patient',
  interaction: [{ code: 'read' }, { code: 'search-type' }],
  searchParam: [
    { name: '_id', type: 'token' },
    { name: 'identifier', type: 'token' },
    { name: 'name', type: 'string' },
    { name: 'family', type: 'string' },
    { name: 'given', type: 'string' },
    { name: 'birthdate', type: 'date' },
    { name: 'gender', type: 'token' },
  ],
}

const versions = [{ code: 'vread' }, { code: 'history-instance' }] as const

/** What a server with records has. */
const withRecords: readonly Offered[] = [
  {
    ...patient,
    interaction: [...(patient.interaction ?? []), ...versions],
    operation: ['match', 'everything'].map((name) => ({
      name,
      definition: `http://hl7.org/fhir/OperationDefinition/Patient-${name}`,
    })),
  },
  recordType('DocumentReference', 'type'),
  recordType('Observation', 'code'),
  { type: 'Binary', interaction: [{ code: 'read' }] },
]

function resourcesOf({ hasRecords, lacksMatch = false }: FhirServerProfile): Offered[] {
  if (!hasRecords) return [patient]
  if (!lacksMatch) return [...withRecords]
  return withRecords.map(({ operation = [], ...offered }) =>
    operation.length === 0
      ? offered
      : { ...offered, operation: operation.filter(({ name }) => name !== 'match') },
  )
}

function recordType(type: 'DocumentReference' | 'Observation', coded: string): Offered {
  return {
    type,
    interaction: [{ code: 'read' }, { code: 'search-type' }, ...versions],
    searchParam: [
      { name: '_id', type: 'token' },
      { name: 'patient', type: 'reference' },
      { name: 'subject', type: 'reference' },
      { name: 'status', type: 'token' },
      { name: coded, type: 'token' },
    ],
  }
}

/** The server's response to `metadata`. */
export function capabilityStatement(
  profile: FhirServerProfile,
  originOf: OriginOf,
): CapabilityStatement {
  const oauthUris: Extension = {
    url: OAUTH_URIS,
    extension: profile.oauthUris.map(({ name, ...at }) => ({
      url: name,
      valueUri: urlOf(at, originOf),
    })),
  }
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: '2019-12-01',
    kind: 'instance',
    software: { name: 'Carequality sandbox' },
    implementation: { description: 'No real people in here', url: urlOf(profile, originOf) },
    fhirVersion: '4.0.1',
    format: ['json', 'application/fhir+json'],
    rest: [
      {
        mode: 'server',
        security: {
          ...(profile.oauthUris.length === 0 ? {} : { extension: [oauthUris] }),
          cors: true,
          service: [
            {
              coding: [
                {
                  system: 'http://terminology.hl7.org/CodeSystem/restful-security-service',
                  code: 'SMART-on-FHIR',
                },
              ],
            },
          ],
        },
        resource: resourcesOf(profile),
      },
    ],
  }
}

/** A SMART server's response to `.well-known/smart-configuration`. */
export function smartConfiguration(profile: FhirServerProfile, originOf: OriginOf): object {
  const tokenEndpoint = urlOf(profile.tokenEndpoint, originOf)
  return {
    issuer: tokenEndpoint.replace(/\/token$/, ''),
    token_endpoint: tokenEndpoint,
    token_endpoint_auth_methods_supported: ['private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
    grant_types_supported: ['client_credentials'],
    scopes_supported: knownScopes,
    capabilities: ['client-confidential-asymmetric', 'permission-v1', 'permission-v2'],
    code_challenge_methods_supported: ['S256'],
  }
}
