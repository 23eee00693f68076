/** Parses JSON of servers so that no turn of the event loop takes long. */
import { ResponseError, type ErrorContext } from '../../errors.ts'
import { Yielder } from '../../lib/turn.ts'
import { mayBeDense } from './json-density.ts'
import { JsonShape } from './json-shape.ts'
import { endOfList, openList, piecesOf } from './list-pieces.ts'

/**
 * Bytes that are parsed at once: the worst text of that size takes less than 50 ms (decision 17).
 */
export const SMALL_JSON = 300_000
/** Bytes that are examined in one turn of the event loop. */
const LOOKED_AT_ONCE = 4_000_000
/** The one list of FHIR that makes documents large. */
const LIST = 'entry'

/**
 * Parses JSON in UTF-8; `text` decodes it, where it is parsed as a whole. Throws `SyntaxError` if it
 * is not JSON, and our error if it would take too long.
 */
export async function parseJson(
  bytes: Uint8Array,
  text: () => string,
  context: ErrorContext,
): Promise<unknown> {
  if (bytes.length <= SMALL_JSON) return JSON.parse(text())
  const isJudged = mayBeDense(bytes)
  if (isJudged) await refuseCrowded(bytes, context)
  const joined = await parsedInPieces(bytes)
  if (joined !== undefined) return joined
  if (!isJudged) await refuseCrowded(bytes, context)
  return JSON.parse(text())
}

/** Undefined where the text cannot be split; whether it is JSON is decided elsewhere. */
async function parsedInPieces(bytes: Uint8Array): Promise<unknown> {
  const list = openList(bytes, LIST)
  const end = list && endOfList(list)
  if (list === undefined || end === undefined) return undefined
  const items: unknown[] = []
  const others = new Yielder()
  for (const piece of piecesOf(list, end.from)) {
    if (piece instanceof Uint8Array) return undefined
    for (const item of piece) items.push(item)
    if (others.shouldYield) await others.turn()
  }
  for (const item of end.items) items.push(item)
  return { ...list.head, [LIST]: items, ...end.rest }
}

/** Throws where JSON is nested too deeply, or made of too many values or names, to be parsed as a whole. */
export async function refuseCrowded(bytes: Uint8Array, context: ErrorContext): Promise<void> {
  const shape = new JsonShape()
  for (let from = 0; from < bytes.length; from += LOOKED_AT_ONCE) {
    if (from > 0) await new Yielder().turn()
    refuse(shape.add(bytes.subarray(from, from + LOOKED_AT_ONCE)), context)
  }
  refuse(shape.reasonToReject, context)
}

function refuse(reason: string | undefined, context: ErrorContext): void {
  if (reason === undefined) return
  throw new ResponseError('ERR_CQ_INVALID_RESPONSE', `the JSON is not parsed: ${reason}`, context)
}
