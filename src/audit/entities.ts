import type { Access } from '../audit-trail.ts'
import * as codes from './codes.ts'
import type { AuditEvent, BalpAuditOptions } from './options.ts'
import type { Pattern } from './patterns.ts'

type Entity = NonNullable<AuditEvent['entity']>[number]

/** A primitive that has an extension in place of a value counts as given ([FHIR R4, element](https://hl7.org/fhir/R4/extensibility.html#Special-Case)). */
const MASKED = {
  extension: [
    { url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'masked' },
  ],
}

/** What was requested, whom it is about, and the ids under which it is found again. */
export function entitiesOf(
  access: Access,
  pattern: Pattern,
  query: BalpAuditOptions['query'],
  patientId: string | undefined,
): Entity[] {
  const { id, runId } = access
  const what = pattern.entity === 'data' ? dataOf(access, query) : queryOf(access, query)
  return [
    what,
    ...(patientId === undefined ? [] : [patientOf(access, patientId)]),
    { type: codes.requestId, what: { identifier: { value: id } } },
    ...(runId === undefined ? [] : [runOf(runId)]),
  ]
}

function dataOf(
  { resource = '', baseUrl, interaction }: Access,
  query: BalpAuditOptions['query'],
): Entity {
  // The server chose the attachment's URL, and its query may contain anything.
  const url = query === 'omit' ? resource.split(/[?#]/, 1).join('') : resource
  const reference = interaction === 'binary' ? url : below(baseUrl, url)
  return { what: { reference }, type: codes.systemObject, role: codes.domainResource }
}

function queryOf({ request }: Access, query: BalpAuditOptions['query']): Entity {
  const entity = { type: codes.systemObject, role: codes.queryRole }
  if (query === 'omit') return { ...entity, _query: MASKED }
  const { method, url, body } = request
  const text = body === undefined ? `${method} ${url}` : `${method} ${url}\n\n${body}`
  return { ...entity, query: base64Of(text) }
}

/** Of the UTF-8 bytes; `btoa` takes one character for each. */
function base64Of(text: string): string {
  const bytes = new TextEncoder().encode(text)
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
}

function patientOf({ baseUrl }: Access, patientId: string): Entity {
  const reference = below(baseUrl, `Patient/${patientId}`)
  return { what: { reference, type: 'Patient' }, type: codes.person, role: codes.patientRole }
}

function runOf(runId: string): Entity {
  return { name: 'run', what: { identifier: { value: runId } }, type: codes.otherEntity }
}

/** Absolute: in your own audit log a relative reference would name your own Patient. */
function below(baseUrl: string, path: string): string {
  return `${baseUrl.replace(/\/$/, '')}/${path}`
}
