/** What can be wrong with the legacy directory's XML. */
import { either, NOT_JSON, recovers, refused, type Expect, type FaultRow } from '../cases.ts'
import type { Reply } from '../world.ts'

type Row = readonly [
  name: string,
  make: (good: string) => string | Buffer,
  expect: Expect,
  type?: string,
]

const REFUSED = refused(NOT_JSON)
const BOMB = `<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">${Array.from(
  { length: 9 },
  (_, level) =>
    `<!ENTITY ${'bcdefghij'[level] ?? ''} "${`&${'abcdefghi'[level] ?? ''};`.repeat(10)}">`,
).join('')}]>`

function before(good: string, what: string): string {
  return good.replace('<Organization', `${what}<Organization`)
}

const ROWS: readonly Row[] = [
  ['a DOCTYPE', (good) => before(good, '<!DOCTYPE Organization>'), REFUSED],
  ['a billion laughs', (good) => before(good, BOMB).replace('Honest', '&j;'), REFUSED],
  [
    'an external entity',
    (good) =>
      before(good, '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>').replace(
        'Honest',
        '&x;',
      ),
    REFUSED,
  ],
  ['an entity nobody declared', (good) => good.replace('Honest', '&x;'), REFUSED],
  ['a document that breaks off', (good) => good.slice(0, -30), REFUSED],
  ['no closing root', (good) => good.replace('</Organization>', ''), REFUSED],
  ['rubbish after the document', (good) => `${good}MARK`, REFUSED],
  ['two roots', (good) => good + good.slice(good.indexOf('<Organization')), REFUSED],
  ['deep nesting', (good) => good.replace('<name', `${'<a>'.repeat(100_000)}<name`), REFUSED],
  ['many attributes', (good) => good.replace('<name', `<x ${manyAttributes()}/><name`), REFUSED],
  ['many elements', (good) => good.replace('<name', `${'<x/>'.repeat(100_000)}<name`), REFUSED],
  ['__proto__', (good) => good.replace('<name', '<__proto__ polluted="1"/><name'), recovers()],
  [
    'constructor',
    (good) => good.replace('<name', '<constructor><prototype/></constructor><name'),
    recovers(),
  ],
  ['a BOM', (good) => `\ufeff${good}`, recovers()],
  [
    'bytes that are no UTF-8',
    (good) => Buffer.concat([Buffer.from(good), Buffer.of(0xff)]),
    REFUSED,
  ],
  ['HTML', () => '<!DOCTYPE html><html><body>MARK</body></html>', REFUSED, 'text/html'],
  ['HTML labelled as XML', () => '<html><body>MARK</body></html>', REFUSED],
  ['nothing', () => '', REFUSED],
  ['plain text', () => 'MARK', REFUSED],
  ['JSON null', () => 'null', REFUSED, 'application/json'],
  ['a JSON list', () => '[]', REFUSED, 'application/json'],
  ['an OperationOutcome', () => '<OperationOutcome xmlns="http://hl7.org/fhir"/>', REFUSED],
  ['another entry', (good) => good.replace('2.999.7.1', '2.999.7.2'), REFUSED],
  ['an entry without an id', (good) => good.replace(/<id [^>]+>/, ''), REFUSED],
  ['no type', (good) => good, recovers(), ''],
  ['labelled as text', (good) => good, recovers(), 'text/plain'],
  [
    'a processing instruction',
    (good) => before(good, '<?xml-stylesheet href="http://x"?>'),
    recovers(),
  ],
  [
    'an include',
    (good) => good.replace('<name', '<xi:include href="file:///etc/passwd"/><name'),
    either(NOT_JSON),
  ],
  ['CDATA', (good) => good.replace('<name', '<x><![CDATA[ <MARK> ]]></x><name'), recovers()],
]

function manyAttributes(): string {
  return Array.from({ length: 20_000 }, (_, index) => `a${index}=""`).join(' ')
}

export const XML_ROWS: readonly FaultRow[] = ROWS.map(
  ([name, make, expect, type = 'application/fhir+xml']) => ({
    ...{ group: 'xml', threat: 'R11', name: `XML: ${name}`, stages: ['directory-xml'], expect },
    play: ({ good }): Reply => ({
      status: 200,
      body: make(good.body.toString()),
      headers: type === '' ? {} : { 'content-type': type },
    }),
  }),
)
