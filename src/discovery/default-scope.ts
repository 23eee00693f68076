import type { Mode } from '../types.ts'
import type { SmartFacts } from './documents.ts'

const V1 = 'system/Patient.read'
const V2 = 'system/Patient.rs'

/**
 * The scope to request where the caller names none: SMART's v2 syntax only where a server lists no
 * other.
 */
export function defaultScope(mode: Mode, smart: SmartFacts | undefined): string {
  if (mode !== 'smart-backend' || smart === undefined) return V1
  const forms = new Set((smart.scopesSupported ?? []).map(formOf))
  if (forms.has('v1')) return V1
  if (forms.has('v2')) return V2
  // Some servers announce a syntax that their list contradicts, so the list is consulted first.
  const { capabilities } = smart
  const onlyV2 = capabilities.includes('permission-v2') && !capabilities.includes('permission-v1')
  return onlyV2 ? V2 : V1
}

/**
 * The syntax of a `system/` scope ([SMART
 * 2.2](https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html#scopes-for-requesting-fhir-resources));
 * undefined for other scopes.
 */
function formOf(scope: string): 'v1' | 'v2' | undefined {
  const [, permission] = /^system\/(?:[A-Za-z]{1,64}|\*)\.([a-z*]{1,5})(?:\?|$)/.exec(scope) ?? []
  if (permission === undefined) return undefined
  if (permission === 'read' || permission === 'write' || permission === '*') return 'v1'
  return /^c?r?u?d?s?$/.test(permission) ? 'v2' : undefined
}
