/** The only file that names the FHIR type packages. With `.js`, because `fhir/r4` silently becomes `any` under nodenext. */
export type { Bundle, FhirResource, Patient } from 'fhir/r4.js'
