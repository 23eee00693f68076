/** Every document that the library reads, and its hostile forms. */
import { DIRECTORY_READINGS, savedCopy } from './directory-readings.ts'
import { FHIR_READINGS } from './fhir-readings.ts'
import { attacksOnJson, type Field } from './places.ts'
import * as samples from './samples.ts'
import { BASE } from './samples.ts'
import { FHIR, PLAIN, reply, XML, type Reading, type Served } from './servers.ts'
import { TOKEN_READINGS } from './token-readings.ts'
import { TEXTS } from './values.ts'
import { attacksOnXml } from './xml-places.ts'

/** One document and how it is read. */
export interface Subject {
  /** Its fields are another subject's as well: fewer of them are tried. */
  readonly again?: boolean
  readonly name: string
  readonly good: Served
  /** Its fields, each with its hostile forms; the hostile document is made when it is wanted. */
  readonly fields: readonly Field[]
  /** The document with an attack's text in it. */
  readonly served: (text: string) => Served
  readonly read: Reading['read']
}

/** How a document is served. */
interface Serving {
  readonly status?: number
  readonly headers?: Served['headers']
}

/** A document of JSON. */
function onJson(
  name: string,
  document: unknown,
  { read, sent }: Reading,
  { status = 200, headers = FHIR }: Serving = {},
): Subject {
  const served = (text: string): Served => reply(status, headers, text)
  const good = served(JSON.stringify(document))
  return { name, good, fields: attacksOnJson(document, sent), served, read }
}

/** A document of XML. */
function onXml(name: string, document: string, { read }: Reading): Subject {
  const served = (text: string): Served => reply(200, XML, text)
  return { name, good: served(document), fields: attacksOnXml(document), served, read }
}

/** Each header of a response by itself. */
function onHeaders(
  name: string,
  document: unknown,
  { read, sent }: Reading,
  { status = 200, headers = FHIR }: Serving = {},
): Subject {
  const text = JSON.stringify(document)
  const texts = TEXTS.filter(({ make }) => /^[\x20-\x7e]*$/.test(make('', 8)))
  const fields = Object.entries(samples.headers).map(([header, good]) => ({
    name: header,
    attacks: [
      ...texts.map(({ name, make }) => ({
        field: header,
        value: name,
        text: (bytes: number) => `${header}: ${make(good, bytes)}`,
      })),
      ...sent.map((one) => ({
        field: header,
        value: `what was sent (${one})`,
        text: () => `${header}: ${one}`,
      })),
    ],
  }))
  return {
    name: `headers of ${name}`,
    good: reply(status, headers, text),
    fields,
    served: (line) => {
      const at = line.indexOf(': ')
      return reply(status, { ...headers, [line.slice(0, at)]: line.slice(at + 2) }, text)
    },
    read,
  }
}

const plain = { headers: PLAIN }
const refused = { status: 401, headers: PLAIN }
const { read, search, match, operation, ...fhir } = FHIR_READINGS
const { metadata, smart, token } = TOKEN_READINGS
const directory = DIRECTORY_READINGS
const { r4, stu3, naive } = samples.entries
const statuses = [301, 304, 400, 401, 403, 404, 410, 422, 429, 500, 503]

function again(subject: Subject): Subject {
  return { ...subject, again: true }
}

/** What directories send. */
export const DIRECTORY_SUBJECTS: readonly Subject[] = [
  onJson('Organization, R4', r4.organization, directory.entry),
  again(onJson('Organization, STU3', stu3.organization, directory.entry)),
  again(onJson('Organization, naive JSON', naive.organization, directory.entry)),
  again(onJson('Organization by read', r4.organization, directory.r4)),
  onJson('Endpoint by read', r4.endpoint, directory.endpoint),
  onXml('Organization, XML', samples.entryXml.organization, directory.stu3),
  again(onJson('directory Bundle, R4', samples.directoryPage('r4'), directory.listR4)),
  again(onJson('directory Bundle, STU3', samples.directoryPage('stu3'), directory.listStu3)),
  again(onXml('directory Bundle, XML', samples.directoryPageXml(), directory.listStu3)),
  again(onJson('saved copy of a directory', await savedCopy(), directory.copy)),
  onJson('outcome of a directory', samples.outcome, directory.r4, { status: 400 }),
  again(onHeaders('a directory entry', r4.organization, directory.r4)),
]

/** What FHIR servers and authorization servers send. */
export const SERVER_SUBJECTS: readonly Subject[] = [
  onJson('CapabilityStatement', samples.capabilityStatement, metadata),
  onJson('smart-configuration', samples.smartConfiguration, smart, plain),
  onJson('token response', samples.tokenResponse, token, plain),
  onJson('token error', samples.tokenError, token, { ...plain, status: 400 }),
  again(onJson('token error with 401', samples.tokenError, token, refused)),
  onJson('Patient by read', samples.patient(), read),
  again(onJson('Patient by vread', samples.patient(), fhir.vread)),
  onJson('search Bundle', samples.searchset(), search),
  again(onJson('search Bundle by pages', samples.searchset(), fhir.pages)),
  again(
    onJson('second page', samples.searchset(`${BASE}/Patient?page=3`, 'three'), fhir.secondPage),
  ),
  again(onJson('match Bundle', samples.searchset(), match)),
  onJson('everything Bundle', samples.everything, fhir.everything),
  onJson('history', samples.history, fhir.history),
  onJson('operation result', samples.parameters, operation),
  onJson('outcome of a read', samples.outcome, read, { status: 400 }),
  again(onJson('outcome of a search', samples.outcome, search, { status: 400 })),
  again(onJson('outcome of a forbidden search', samples.outcome, search, { status: 403 })),
  again(onJson('outcome of a match', samples.outcome, match, { status: 422 })),
  again(onJson('outcome of a missing operation', samples.outcome, operation, { status: 404 })),
  onHeaders('a search', samples.searchset(), search),
  again(
    onHeaders('a Binary', 'x', fhir.binary, { headers: { 'content-type': 'application/pdf' } }),
  ),
  onHeaders('metadata', samples.capabilityStatement, metadata),
  onHeaders('a token response', samples.tokenResponse, token, plain),
  again(onHeaders('a token error', samples.tokenError, token, refused)),
  onHeaders('a read', samples.patient(), read),
  ...statuses.map((status) =>
    again(onHeaders(`a read with ${status}`, samples.outcome, read, { status })),
  ),
]
