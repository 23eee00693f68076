/** The same as `places.ts` for XML: every attribute, every text and every element of a document. */
import { SaxesParser } from 'saxes'
import type { Attack, Field } from './places.ts'
import { itemsOf, TEXTS } from './values.ts'

interface Element {
  readonly path: string
  readonly from: number
  readonly to: number
}

/** All attacks on an XML document, field by field. */
export function attacksOnXml(text: string): readonly Field[] {
  const attacks = [
    ...attributesOf(text).map(attributeAttacks(text)),
    ...elementsOf(text).map(elementAttacks(text)),
  ]
  return attacks.map((attacks) => ({ name: attacks[0]?.field ?? '', attacks }))
}

function attributesOf(text: string): readonly { from: number; good: string; field: string }[] {
  const elements = elementsOf(text)
  return [...text.matchAll(/ ([\w:]+)="([^"]*)"/g)].map(({ index, 1: name = '', 2: good = '' }) => {
    const inside = elements.filter(({ from, to }) => from <= index && index < to)
    return {
      from: index + name.length + 3,
      good,
      field: `${inside.at(-1)?.path ?? 'the declaration'}/@${name}`,
    }
  })
}

function attributeAttacks(text: string) {
  return ({
    from,
    good,
    field,
  }: {
    from: number
    good: string
    field: string
  }): readonly Attack[] => {
    const put = (raw: string): string => text.slice(0, from) + raw + text.slice(from + good.length)
    return [
      ...TEXTS.map(({ name, make }) => ({
        field,
        value: name,
        text: (bytes: number) => put(escaped(make(good, bytes))),
      })),
      { field, value: 'references', text: (bytes) => put('&amp;'.repeat(bytes / 5)) },
      { field, value: 'numbers', text: (bytes) => put('&#65;'.repeat(bytes / 5)) },
    ]
  }
}

function elementAttacks(text: string) {
  return ({ path, from, to }: Element): readonly Attack[] => {
    const element = text.slice(from, to)
    const put = (raw: string): string => text.slice(0, from) + raw + text.slice(to)
    const inside = (raw: string): string =>
      put(
        element.replace(/(\/?>)/, (end) =>
          end === '/>' ? `>${raw}</${nameOf(element)}>` : `>${raw}`,
        ),
      )
    const attribute = (raw: string): string =>
      put(element.replace(/\/?>/, (end) => ` ${raw}${end}`))
    const many =
      (unit: string, separator = '') =>
      (bytes: number): string =>
        inside(`${unit}${separator}`.repeat(bytes / (unit.length + separator.length)))
    const all: [string, (bytes: number) => string][] = [
      ['over and over', (bytes) => put(itemsOf(() => element, bytes).replaceAll('>,<', '><'))],
      [
        'over and over, each different',
        (bytes) =>
          put(
            itemsOf((at) => element.replace(/( value="[^"]*)"/g, `$1${at}"`), bytes).replaceAll(
              '>,<',
              '><',
            ),
          ),
      ],
      ['empty elements', many('<a/>')],
      ['elements with values', many('<a value="1"/>')],
      ['text', many('x')],
      ['white space', many(' ')],
      ['comments', many('<!---->')],
      ['CDATA', many('<![CDATA[]]>')],
      ['instructions', many('<?a b?>')],
      ['elements in elements', () => inside('<a>'.repeat(90) + '</a>'.repeat(90))],
      [
        'attributes',
        (bytes) => attribute(Array.from({ length: bytes / 12 }, (_, at) => `a${at}="1"`).join(' ')),
      ],
      [
        'namespaces',
        (bytes) =>
          attribute(
            Array.from({ length: bytes / 20 }, (_, at) => `xmlns:a${at}="urn:b"`).join(' '),
          ),
      ],
      ['a long name', (bytes) => inside(`<${'a'.repeat(bytes)}/>`)],
      [
        'different elements',
        (bytes) => inside(Array.from({ length: bytes / 12 }, (_, at) => `<a${at}/>`).join('')),
      ],
    ]
    return all.map(([value, make]) => ({ field: path, value, text: make }))
  }
}

function elementsOf(text: string): readonly Element[] {
  const found: Element[] = []
  const open: { path: string; from: number }[] = []
  const parser = new SaxesParser()
  parser.on('opentagstart', ({ name }) => {
    const path = `${open.at(-1)?.path ?? ''}/${name}`
    open.push({ path, from: text.lastIndexOf(`<${name}`, parser.position) })
  })
  parser.on('closetag', () => {
    const last = open.pop()
    if (last !== undefined) found.push({ ...last, to: parser.position })
  })
  parser.write(text).close()
  return found.sort((a, b) => a.from - b.from)
}

function nameOf(element: string): string {
  return /^<([\w:]+)/.exec(element)?.[1] ?? ''
}

function escaped(text: string): string {
  return text.replace(/[&<"\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`)
}
