import { FhirError } from '../../errors.ts'
import type { HttpResponse } from '../../http/messages.ts'
import { isRecord } from '../../lib/arguments.ts'
import type { BundleEntry } from '../bundle.ts'

/** Members by which a resource names its patient. */
const OWNERS = ['subject', 'patient', 'beneficiary', 'for'] as const
/** How much of a reference is examined, in characters. */
const LONGEST_REFERENCE = 2_048

/**
 * Whose record the pages of `$everything` are. Relatives may appear beside the patient, a mother
 * beside her newborn, so a page is rejected only if others appear on it and the patient does not.
 */
export class RecordOwner {
  readonly #id: string
  #found = false

  constructor(id: string) {
    this.#id = id
  }

  /** Whether anything so far belongs to the requested patient. */
  get found(): boolean {
    return this.#found
  }

  /**
   * Throws if a page contains a stranger's record, and nothing so far has belonged to the patient.
   */
  refuseStranger(entries: readonly BundleEntry[], { context }: HttpResponse): void {
    if (this.#found) return
    let strangers = false
    for (const { resource } of entries) {
      const owner = resource && ownerOf(resource)
      if (owner === this.#id) {
        this.#found = true
        return
      }
      if (owner !== undefined) strangers = true
    }
    if (!strangers) return
    const what = 'the FHIR server returned the record of another patient than requested'
    throw new FhirError('ERR_CQ_OTHER_PATIENT', what, context)
  }
}

/** The id of the Patient that a resource is, or is about; undefined where it names none. */
export function ownerOf(resource: unknown): string | undefined {
  if (!isRecord(resource)) return undefined
  if (resource.resourceType === 'Patient') {
    return typeof resource.id === 'string' ? resource.id : undefined
  }
  for (const member of OWNERS) {
    const value = resource[member]
    const id = isRecord(value) ? patientIdIn(value.reference) : undefined
    if (id !== undefined) return id
  }
  return undefined
}

/** `Patient/7`, absolute or with a version. */
function patientIdIn(reference: unknown): string | undefined {
  if (typeof reference !== 'string' || reference.length > LONGEST_REFERENCE) return undefined
  const parts = reference.split('/')
  const version = parts.at(-2) === '_history' ? 2 : 0
  return parts.at(-2 - version) === 'Patient' ? parts.at(-1 - version) : undefined
}
