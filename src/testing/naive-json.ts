/** What is no plain text where the legacy directory converts its XML. */
const BOOLEANS = ['active']
const NUMBERS = ['postalCode']

/**
 * The legacy directory's `_format=json`: its XML turned into JSON without a thought. A single child
 * is an object and several are a list; a primitive is `{ "value": … }`.
 */
export function naiveJson(xml: string): string {
  const root: Node = {}
  const open: [string, Node][] = [['', root]]
  for (const [, closing, name = '', attributes = '', empty] of xml.matchAll(
    /<(\/?)([A-Za-z]+)((?:\s+[\w:]+="[^"]*")*)\s*(\/?)>/g,
  )) {
    if (closing === '/') open.pop()
    else {
      const node: Node = {}
      for (const [, attribute = '', value = ''] of attributes.matchAll(/\b(\w+)="([^"]*)"/g))
        if (attribute !== 'xmlns') node[attribute] = primitive(name, unescaped(value))
      add(open.at(-1)?.[1] ?? root, name, node)
      if (empty !== '/') open.push([name, node])
    }
  }
  return JSON.stringify(root)
}

interface Node {
  [name: string]: string | number | boolean | Node | Node[]
}

function primitive(name: string, value: string): string | number | boolean {
  if (BOOLEANS.includes(name)) return value === 'true'
  return NUMBERS.includes(name) ? Number(value) : value
}

function add(parent: Node, name: string, node: Node): void {
  const present = parent[name]
  if (Array.isArray(present)) present.push(node)
  else if (typeof present === 'object') parent[name] = [present, node]
  else parent[name] = node
}

function unescaped(text: string): string {
  return text.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
}
