/**
 * From bytes to text and JSON: charsets, content types, and messages about pages that are neither.
 */
import { ResponseError } from '../../errors.ts'
import type { HttpResponse } from '../messages.ts'
import { skipSpace } from './bytes.ts'
import { charsetOf, mediaTypeOf, shownMediaType } from './media-type.ts'
import { parseJson, SMALL_JSON } from './parse-json.ts'

/**
 * The response's text, by the charset it names. An invalid byte is an error, never a replacement
 * character.
 */
export function textOf(response: HttpResponse): string {
  try {
    return decoderOf(response).decode(response.bytes)
  } catch {
    throw new ResponseError(
      'ERR_CQ_UNEXPECTED_CONTENT',
      'the bytes of the response do not fit its charset',
      response.context,
    )
  }
}

/**
 * Charsets that use the bytes of ASCII for other characters, so that they would pass for UTF-8.
 */
const NOT_ASCII = /^(utf-?(7|32)|iso-2022-|hz-|ebcdic|cp\d|ibm-?\d|scsu|bocu|cesu)/

/** By the content type. With an unknown charset the text is UTF-8, or its bytes are invalid. */
function decoderOf({ headers }: HttpResponse): TextDecoder {
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

/** The content types that a JSON response may have; `labelled` accepts no other. */
type JsonKind = 'fhir' | 'plain' | 'labelled'

/**
 * Parses a response as JSON. A missing or wrong content type is accepted only if the text begins
 * with `{`. `decoded`: the response's text, if the caller needed it.
 */
export async function jsonOf(
  response: HttpResponse,
  kind: JsonKind,
  decoded?: string,
): Promise<unknown> {
  const text = (): string => decoded ?? textOf(response)
  try {
    // Most are small: an await would cost more than it saves.
    if (response.bytes.length <= SMALL_JSON) {
      const small = text()
      refuseOtherThanJson(response, kind, small)
      return JSON.parse(small)
    }
    // A large one is decoded in pieces.
    const bytes = utf8Of(response, text)
    refuseOtherThanJson(response, kind, beginOf(bytes))
    return await parseJson(bytes, text, response.context)
  } catch (error) {
    throw error instanceof SyntaxError ? invalidJson(response) : error
  }
}

/** Parses a small response as JSON: a server's details of a failure. Undefined for any other. */
export function smallJsonOf(response: HttpResponse, kind: JsonKind): unknown {
  if (response.bytes.length > SMALL_JSON) return undefined
  try {
    const text = textOf(response)
    refuseOtherThanJson(response, kind, text)
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function refuseOtherThanJson(response: HttpResponse, kind: JsonKind, text: string): void {
  const type = mediaTypeOf(response.headers)
  const isLabelled = (kind === 'fhir' ? FHIR_JSON : PLAIN_JSON).test(type)
  if (!isLabelled && (kind === 'labelled' || !/^\s*\{/.test(text))) {
    throw new ResponseError(
      'ERR_CQ_UNEXPECTED_CONTENT',
      `the response is ${describe(type, text)} and not JSON`,
      response.context,
    )
  }
}

/** What is checked before large JSON is parsed: other charsets hide brackets and commas. */
function utf8Of(response: HttpResponse, text: () => string): Uint8Array {
  return isUtf8(response) ? response.bytes : new TextEncoder().encode(text())
}

function isUtf8(response: HttpResponse): boolean {
  try {
    return decoderOf(response).encoding === 'utf-8'
  } catch {
    return false // and the text says why
  }
}

/** Enough of a text to say what it is, without the white space before it. */
function beginOf(bytes: Uint8Array): string {
  const at = skipSpace(bytes, 0)
  return new TextDecoder().decode(bytes.subarray(at, at + 1_000))
}

function invalidJson({ context }: HttpResponse): ResponseError {
  const what = 'the response declares JSON but could not be parsed'
  return new ResponseError('ERR_CQ_INVALID_JSON', what, context)
}

/**
 * What to add to the message of a status that a FHIR server explains: if the body is a web page, it
 * comes from a gateway, a firewall or a login, and the FHIR server may never have received the
 * request. Empty for any other body.
 */
export function pageNote(response: HttpResponse): string {
  return isHtml(response) ? ', with an HTML page as gateways and login pages send' : ''
}

function isHtml(response: HttpResponse): boolean {
  const type = mediaTypeOf(response.headers)
  if (type === 'text/html' || type === 'application/xhtml+xml') return true
  // Of a page without its content type the beginning is enough.
  const begin = new TextDecoder().decode(response.bytes.subarray(0, 200))
  return /^\s{0,100}<(!doctype html|html)/i.test(begin)
}

function describe(type: string, text: string): string {
  const begin = text.slice(0, 1_000).trimStart()
  if (begin === '' && text.trim() === '') return 'empty'
  if (/^<(!doctype html|html)/i.test(begin)) return 'HTML'
  if (begin.startsWith('<')) return 'XML'
  // If the text looks like JSON, the content type is at fault.
  if (begin.startsWith('{')) return `labelled ${shownMediaType(type) ?? 'with another type'}`
  return shownMediaType(type) ?? 'of no known type'
}
