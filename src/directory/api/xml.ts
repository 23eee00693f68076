import { ResponseError, type ErrorContext } from '../../errors.ts'
import { Yielder } from '../../lib/turn.ts'

const DEEPEST = 100
/** Different names of elements and attributes; FHIR has some thousands, and each new one costs memory. */
const NAMES = 20_000
/**
 * Real documents have some 30 bytes to each element, and fewer attributes. Small ones are never
 * rejected.
 */
const NODES = { always: 100_000, bytesEach: 20 }
/** Characters that are parsed at once. */
const SLICE = 65_536

/** An element in the shape of a naive conversion: attributes and children are members, repeated ones lists. */
export interface XmlNode {
  [name: string]: string | XmlNode | (string | XmlNode)[]
}

/**
 * Parses a whole XML document into `{ RootName: … }`. A DOCTYPE is rejected as soon as it appears,
 * before any entity can be declared; so are nesting deeper than 100, and too many elements,
 * attributes or names. The parser is loaded with the first document.
 */
export async function parseXml(text: string, context: ErrorContext): Promise<XmlNode> {
  const { SaxesParser } = await import('saxes')
  const parser = new SaxesParser()
  const document = node()
  const open: XmlNode[] = [document]
  const refuse = (what: string): never => {
    throw new ResponseError('ERR_CQ_INVALID_RESPONSE', what, context)
  }
  const most = Math.max(NODES.always, text.length / NODES.bytesEach)
  const names = new Set<string>()
  let elements = 0
  let attributes = 0
  const count = (name: string): void => {
    names.add(name)
    if (names.size > NAMES) refuse('the XML has too many different names')
  }
  parser.on('doctype', () => refuse('the XML contains a DOCTYPE, which is rejected'))
  parser.on('error', () => refuse('the XML is not well-formed or breaks off'))
  // Before the parser has all of a tag's attributes together.
  parser.on('attribute', ({ name }) => {
    count(name)
    attributes += 1
    if (attributes > most) refuse('the XML is made of too many attributes')
  })
  parser.on('opentag', ({ name, attributes: given }) => {
    if (open.length > DEEPEST) refuse(`the XML is nested deeper than ${DEEPEST}`)
    count(name)
    elements += 1
    if (elements > most) refuse('the XML is made of too many elements')
    const element = node()
    // FHIR's own attributes have no prefix; `xmlns:value` must not pass for `value`.
    for (const [attribute, value] of Object.entries(given))
      if (!attribute.includes(':')) element[attribute] = value
    add(open.at(-1) ?? document, localName(name), element)
    open.push(element)
  })
  parser.on('closetag', () => {
    open.pop()
  })
  const others = new Yielder()
  for (let at = 0; at < text.length; at += SLICE) {
    if (others.shouldYield) await others.turn()
    parser.write(text.slice(at, at + SLICE))
  }
  parser.close()
  return document
}

/** Not null itself: V8 keeps the members of objects that inherit from null in a hash table, at three times the cost. */
const NOTHING = Object.freeze(Object.create(null) as object)

/** Without a prototype of meaning, so that no element name means anything. */
function node(): XmlNode {
  return Object.create(NOTHING) as XmlNode
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}

function add(parent: XmlNode, name: string, child: XmlNode): void {
  const present = parent[name]
  if (present === undefined) parent[name] = child
  else if (Array.isArray(present)) present.push(child)
  else parent[name] = [present, child]
}
