/** Hostile values of about so many bytes, as the raw JSON, XML or header text that stands in a document. */

/** Makes a value out of the good one. */
export interface Hostile {
  readonly name: string
  readonly make: (good: string, bytes: number) => string
}

const encoder = new TextEncoder()

function repeated(unit: string, bytes: number): string {
  return unit.repeat(Math.max(1, Math.floor(bytes / encoder.encode(unit).length)))
}

/** What text is made of where code that reads it is slow: name, unit, and what stands before it in place of the good value. */
const UNITS: readonly (readonly [name: string, unit: string, before?: string])[] = [
  ['dots', '.'],
  ['combining marks', '\u0301'],
  ['spaces', ' '],
  ['line breaks', '\n'],
  ['tabs', '\t'],
  ['small letters', 'a'],
  ['capitals', 'A'],
  ['digits', '1'],
  ['quotes', '"'],
  ['backslashes', '\\'],
  ['slashes', '/'],
  ['commas', ','],
  ['colons', ':'],
  ['hyphens', '-'],
  ['percent signs', '%'],
  ['encoded percent signs', '%25'],
  ['number signs', '#'],
  ['at signs', '@'],
  ['zeros', '0'],
  ['vertical bars', '|'],
  ['ligatures', '\ufdfa'],
  ['dotted capitals', '\u0130'],
  ['letters and dots', 'a.'],
  ['OID arcs', '.1', 'urn:oid:2.999'],
  ['words', 'a '],
  ['parameters', ';a=b', 'application/fhir+json'],
  ['quoted parameters', ', a="b"', 'Bearer error="invalid_token"'],
  ['scopes', 'system/Patient.read ', ''],
  ['host of dots', '.', 'https://a'],
  ['host of labels', 'a.', 'https://'],
  ['path upwards', '../', 'https://fhir.example.org/'],
  ['path of slashes', '/', 'https://fhir.example.org/r4'],
  ['query', 'a=b&', 'https://fhir.example.org/r4/Patient?'],
  ['fragment', '#', 'https://fhir.example.org/r4/Patient'],
  ['user names', '@', 'https://a'],
  ['port', '1', 'https://fhir.example.org:'],
]

/** Hostile texts: the unit alone, and between the good value and one more character. */
export const TEXTS: readonly Hostile[] = UNITS.flatMap(([name, unit, before]) => {
  const after = { name: `good value, ${name}, x`, between: true }
  const alone = { name, between: false }
  const forms = before === undefined ? [alone, after] : [alone]
  return forms.map(({ name, between }) => ({
    name,
    make: (good: string, bytes: number): string =>
      between ? `${good}${repeated(unit, bytes)}x` : `${before ?? ''}${repeated(unit, bytes)}`,
  }))
})

/** Values of JSON that are no text. */
export const VALUES: readonly Hostile[] = [
  ...['1e999', '-1e999', '-0', '1e-999', 'null', 'true', '{}', '[]', '""', '[null]', '[[]]'].map(
    (raw) => ({ name: raw, make: () => raw }),
  ),
  { name: 'a number of digits', make: (_good, bytes) => `-${'1'.repeat(bytes)}` },
  { name: 'escapes', make: (_good, bytes) => `"${'\\u0000'.repeat(bytes / 6)}"` },
  { name: 'half characters', make: (_good, bytes) => `"${'\\ud800'.repeat(bytes / 6)}"` },
  { name: 'lists in lists', make: () => `${'['.repeat(150)}1${']'.repeat(150)}` },
  { name: 'objects in objects', make: () => `${'{"value":'.repeat(150)}1${'}'.repeat(150)}` },
  {
    name: 'a list of texts',
    make: (good, bytes) => `[${repeated(`${JSON.stringify(`${good} and more`)},`, bytes)}1]`,
  },
  {
    name: 'a list of different texts',
    make: (_good, bytes) =>
      `[${Array.from({ length: bytes / 32 }, (_, at) => `"https://fhir${at}.example.org/"`).join()}]`,
  },
  {
    name: 'a wrapped text',
    make: (good, bytes) => `{"value":"${good.length}${'.'.repeat(bytes)}"}`,
  },
  { name: 'an object of names', make: (_good, bytes) => `{${names(bytes)}}` },
]

/** As many names as may be, and together so many bytes. */
export function names(bytes: number): string {
  const count = Math.min(15_000, Math.ceil(bytes / 16))
  const padding = 'x'.repeat(Math.max(0, Math.floor(bytes / count) - 16))
  return Array.from({ length: count }, (_, at) => `"m${at}":"${padding}"`).join()
}

/** Members for any object. */
export const MEMBERS: readonly Hostile[] = [
  { name: '1 MB of names', make: (_good, bytes) => names(bytes) },
  {
    name: 'one name again and again',
    make: (_good, bytes) => `${repeated('"value":"xxxxxxxx",', bytes)}"x":1`,
  },
  {
    name: "names of the language's own",
    make: (_good, bytes) =>
      `"__proto__":{"url":"x","id":"x"},"constructor":1,"toString":{"a":1},"hasOwnProperty":1,"then":"${'x'.repeat(bytes)}","toJSON":1,"valueOf":null,"length":${bytes}`,
  },
]

/** A member whose name is long. */
export const LONG_NAME: Hostile = {
  name: 'a name of 1 MB',
  make: (_good, bytes) => `"${'a'.repeat(bytes)}":1`,
}

/** Items of a list, as many as make the bytes. `each` makes one of them, different by its number. */
export function itemsOf(each: (at: number) => string, bytes: number): string {
  const items: string[] = []
  for (let length = 0; length < bytes;) {
    const item = each(items.length)
    items.push(item)
    length += item.length + 1
  }
  return items.join()
}
