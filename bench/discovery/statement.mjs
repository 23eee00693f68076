/** An invented CapabilityStatement of some 155 kB in the shape of a real one, each line of it indented as it is published. */
const SMART = 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris'
const TYPES = [
  ['AllergyIntolerance', 'Appointment', 'Binary', 'CarePlan', 'CareTeam', 'Claim', 'Condition'],
  ['Coverage', 'Device', 'DiagnosticReport', 'DocumentReference', 'Encounter', 'Goal', 'Group'],
  ['Immunization', 'Location', 'Media', 'Medication', 'MedicationRequest', 'Observation'],
  ['Organization', 'Patient', 'Practitioner', 'PractitionerRole', 'Procedure', 'Provenance'],
  ['Questionnaire', 'RelatedPerson', 'ServiceRequest', 'Slot', 'Specimen', 'Task'],
].flat()
const SEARCHED = ['patient', 'category', 'code', 'status', 'date', '_lastUpdated', '_id', '_count']
const KINDS = ['reference', 'token', 'token', 'token', 'date', 'date', 'token', 'number']

export function capabilityStatement(baseUrl) {
  const oauth = new URL('/oauth2/v1', baseUrl)
  return JSON.stringify(
    {
      resourceType: 'CapabilityStatement',
      id: 'invented-r4',
      url: 'https://fhir.example.org/CapabilityStatement/invented-r4',
      version: '2.0.0',
      name: 'Invented_FHIR_R4_CapabilityStatement',
      status: 'active',
      date: '2025-06-06',
      kind: 'instance',
      fhirVersion: '4.0.1',
      format: ['application/fhir+json'],
      software: { name: 'Invented EHR', version: '25.3' },
      implementation: { description: 'Nobody is in here', url: baseUrl },
      rest: [{ mode: 'server', security: security(oauth.href), resource: TYPES.map(offered) }],
    },
    undefined,
    4,
  )
}

function security(oauth) {
  const group = (url) => ({
    url,
    extension: ['authorize', 'token', 'introspect', 'revoke'].map((name) => ({
      url: name,
      valueUri: `${oauth}/${name}`,
    })),
  })
  return { cors: true, extension: [group(SMART.replace('http://', 'http://DSTU2/')), group(SMART)] }
}

function offered(type) {
  return {
    type,
    interaction: [{ code: 'read' }, { code: 'search-type' }],
    supportedProfile: [`http://hl7.org/fhir/us/core/StructureDefinition/us-core-${type}|6.1.0`],
    searchInclude: ['patient', 'department', 'practice', 'provider'].map((to) => `${type}:${to}`),
    searchParam: Array.from({ length: 11 }, (_, index) => {
      const name = SEARCHED[index % SEARCHED.length]
      return {
        documentation: `The ${name} of ${type}: resources that were found, page by page`,
        type: KINDS[index % KINDS.length],
        definition: `http://hl7.org/fhir/SearchParameter/${type}-${name}|4.0.1`,
        name: index < SEARCHED.length ? name : `${name}-${index}`,
      }
    }),
  }
}
