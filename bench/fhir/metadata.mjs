/** A CapabilityStatement that names a token endpoint, and nothing else. */
export function metadata(tokenEndpoint) {
  const url = 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris'
  const security = { extension: [{ url, extension: [{ url: 'token', valueUri: tokenEndpoint }] }] }
  return JSON.stringify({
    resourceType: 'CapabilityStatement',
    fhirVersion: '4.0.1',
    rest: [{ mode: 'server', security }],
  })
}
