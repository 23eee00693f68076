import { ResponseError, type ErrorContext } from '../errors.ts'
import { turn } from '../lib/turn.ts'

const DEEPEST = 100
/** Characters that are parsed in one go. */
const SLICE = 262_144

/** An element in the shape of a naive conversion: attributes and children are members, repeated ones lists. */
export interface XmlNode {
  [name: string]: string | XmlNode | (string | XmlNode)[]
}

/**
 * Parses a whole XML document into `{ RootName: … }`. A DOCTYPE is refused as it is met, before any
 * entity can be declared; so is nesting deeper than 100. The parser is loaded with the first document.
 */
export async function parseXml(text: string, context: ErrorContext): Promise<XmlNode> {
  const { SaxesParser } = await import('saxes')
  const parser = new SaxesParser()
  const document = node()
  const open: XmlNode[] = [document]
  const refuse = (what: string): never => {
    throw new ResponseError('ERR_CQ_INVALID_RESPONSE', what, context)
  }
  parser.on('doctype', () => refuse('the XML holds a DOCTYPE, which is refused'))
  parser.on('error', () => refuse('the XML is not well-formed or breaks off'))
  parser.on('opentag', ({ name, attributes }) => {
    if (open.length > DEEPEST) refuse(`the XML is nested deeper than ${DEEPEST}`)
    const element = node()
    // FHIR's own attributes have no prefix; `xmlns:value` must not pass for `value`.
    for (const [attribute, value] of Object.entries(attributes))
      if (!attribute.includes(':')) element[attribute] = value
    add(open.at(-1) ?? document, localName(name), element)
    open.push(element)
  })
  parser.on('closetag', () => {
    open.pop()
  })
  for (let at = 0; at < text.length; at += SLICE) {
    // Millions of small elements take seconds: others get their turn in between.
    if (at > 0) await turn()
    parser.write(text.slice(at, at + SLICE))
  }
  parser.close()
  return document
}

/** Without a prototype, so that no element name means anything. */
function node(): XmlNode {
  return Object.create(null) as XmlNode
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
