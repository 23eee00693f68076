/** From bytes to text and JSON: charsets, labels, and what is said of pages that are neither. */
import { ResponseError } from '../../errors.ts'
import type { Answer } from '../exchange.ts'
import { charsetOf, mediaTypeOf, shownMediaType } from './media-type.ts'
import { parseJson, SMALL_JSON } from './parse-json.ts'

/** The answer's text, by the charset it names. A byte that does not fit is an error, never a replacement character. */
export function textOf(answer: Answer): string {
  try {
    return decoderOf(answer).decode(answer.bytes)
  } catch {
    throw new ResponseError(
      'ERR_CQ_UNEXPECTED_CONTENT',
      'the bytes of the answer do not fit its charset',
      answer.context,
    )
  }
}

/** Charsets that write other characters in the bytes of ASCII, so that they would pass for UTF-8. */
const NOT_ASCII = /^(utf-?(7|32)|iso-2022-|hz-|ebcdic|cp\d|ibm-?\d|scsu|bocu|cesu)/

/** By the label. Under one that nobody knows the text is UTF-8, or its bytes do not fit. */
function decoderOf({ headers }: Answer): TextDecoder {
  const label = charsetOf(headers) ?? 'utf-8'
  try {
    return new TextDecoder(label, { fatal: true })
  } catch (error) {
    if (NOT_ASCII.test(label)) throw error
    return new TextDecoder('utf-8', { fatal: true })
  }
}

const FHIR_JSON = /^application\/(fhir\+json|json|json\+fhir)$/
const PLAIN_JSON = /^application\/(json|[\w.-]{1,100}\+json)$/

/** What a JSON answer may be labelled as. */
type JsonKind = 'fhir' | 'plain' | 'token'

/**
 * Parses an answer as JSON. A missing or wrong label is forgiven only where the text begins with
 * `{`, and never on a token answer. `text`: the answer's, where it is decoded already.
 */
export async function jsonOf(
  answer: Answer,
  kind: JsonKind,
  text: string = textOf(answer),
): Promise<unknown> {
  refuseOtherThanJson(answer, kind, text)
  try {
    return await parseJson(text, () => utf8Of(answer, text), answer.context)
  } catch (error) {
    throw error instanceof SyntaxError ? invalidJson(answer) : error
  }
}

/** Parses a small answer as JSON: what a server adds to a failure. Undefined for any other. */
export function smallJsonOf(answer: Answer, kind: JsonKind): unknown {
  if (answer.bytes.length > SMALL_JSON) return undefined
  try {
    const text = textOf(answer)
    refuseOtherThanJson(answer, kind, text)
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function refuseOtherThanJson(answer: Answer, kind: JsonKind, text: string): void {
  const type = mediaTypeOf(answer.headers)
  const labelled = (kind === 'fhir' ? FHIR_JSON : PLAIN_JSON).test(type)
  if (!labelled && (kind === 'token' || !/^\s*\{/.test(text))) {
    throw new ResponseError(
      'ERR_CQ_UNEXPECTED_CONTENT',
      `the answer is ${describe(type, text)} and not JSON`,
      answer.context,
    )
  }
}

/** What is looked at before large JSON is parsed: other charsets hide brackets and commas from it. */
function utf8Of(answer: Answer, text: string): Uint8Array {
  return decoderOf(answer).encoding === 'utf-8' ? answer.bytes : new TextEncoder().encode(text)
}

function invalidJson({ context }: Answer): ResponseError {
  const what = 'the response declares JSON but could not be parsed'
  return new ResponseError('ERR_CQ_INVALID_JSON', what, context)
}

/**
 * What to add to the message of a status that a FHIR server gives with a reason: where the body is a
 * web page, it is a gateway's, a firewall's or a login's, and the FHIR server may never have been
 * asked. Empty for any other body.
 */
export function pageNote(answer: Answer): string {
  return isHtml(answer) ? ', with an HTML page as gateways and login pages send' : ''
}

function isHtml(answer: Answer): boolean {
  const type = mediaTypeOf(answer.headers)
  if (type === 'text/html' || type === 'application/xhtml+xml') return true
  // Of a page without its label the beginning is enough.
  const begin = new TextDecoder().decode(answer.bytes.subarray(0, 200))
  return /^\s{0,100}<(!doctype html|html)/i.test(begin)
}

function describe(type: string, text: string): string {
  const begin = text.slice(0, 1_000).trimStart()
  if (begin === '' && text.trim() === '') return 'empty'
  if (/^<(!doctype html|html)/i.test(begin)) return 'HTML'
  if (begin.startsWith('<')) return 'XML'
  // The label is the fault where the text looks like JSON.
  if (begin.startsWith('{')) return `labelled ${shownMediaType(type) ?? 'with another type'}`
  return shownMediaType(type) ?? 'of no known type'
}
