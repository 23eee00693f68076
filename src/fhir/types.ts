/**
 * The only file that names the FHIR type packages. With `.js`, because `fhir/r4` silently becomes
 * `any` under nodenext.
 */
import type * as r3 from 'fhir/r3.js'
import type * as r4 from 'fhir/r4.js'

export type { Bundle, FhirResource, Patient } from 'fhir/r4.js'

/** The supported FHIR versions: R4 (4.0) unless STU3 (3.0) is requested. */
export type FhirVersion = 'R4' | 'STU3'

interface Resources {
  R4: r4.FhirResource
  STU3: r3.FhirResource
}

interface Bundles {
  R4: r4.Bundle<r4.FhirResource>
  STU3: r3.Bundle<r3.FhirResource>
}

/** The resource types of a version, for example `'Observation'`. */
export type ResourceType<V extends FhirVersion = 'R4'> = Resources[V]['resourceType']

/** Any resource of a version. */
export type AnyResource<V extends FhirVersion = 'R4'> = Resources[V]

/** A resource by the name of its type: `ResourceOf<'Observation'>` is an R4 Observation. */
export type ResourceOf<T extends ResourceType<V>, V extends FhirVersion = 'R4'> = Extract<
  Resources[V],
  { resourceType: T }
>

/** A Patient of a version. */
export type PatientOf<V extends FhirVersion = 'R4'> = Extract<
  Resources[V],
  { resourceType: 'Patient' }
>

/** A Bundle of a version. */
export type BundleOf<V extends FhirVersion = 'R4'> = Bundles[V]
