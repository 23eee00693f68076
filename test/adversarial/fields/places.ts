/** Every place of a document where something hostile may stand, and the document with it. */
import { itemsOf, LONG_NAME, MEMBERS, TEXTS, VALUES, type Hostile } from './values.ts'

/** A document with one hostile thing in it. */
export interface Attack {
  /** For example `entry[0].resource.name[0].family`. */
  readonly field: string
  readonly value: string
  /** The document's text with about so many bytes of it. */
  readonly text: (bytes: number) => string
}

/** One field of a document and all that may stand in it. Those that differ by their place in a list alone have one name. */
export interface Field {
  readonly name: string
  readonly attacks: readonly Attack[]
}

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }
type Path = readonly (string | number)[]

interface Place {
  readonly path: Path
  readonly value: Json
}

/** No document holds it. */
const MARK = '\u00a4'
const SLOT = JSON.stringify(MARK)
/** The name of a member that stands for others. */
const MEMBER = '\u00a5'

/** All attacks on a JSON document, field by field. */
export function attacksOnJson(document: unknown, sent: readonly string[]): readonly Field[] {
  const whole = asJson(document)
  const places = [...placesOf(whole)]
  return [
    ...places.map((place) => ({
      name: kindOf(whole, place.path),
      attacks: attacksAt(whole, place),
    })),
    ...places
      .filter(({ value }) => typeof value === 'string')
      .map((place) => echoesAt(whole, place, sent))
      .filter(({ attacks }) => attacks.length > 0),
    ...attacksOnLists(
      whole,
      places.filter(({ value }) => isList(value) && value.length > 0),
    ),
  ]
}

function attacksAt(whole: Json, { path, value }: Place): readonly Attack[] {
  const field = nameOf(path)
  const attack = (hostile: Hostile, around: (raw: string) => string, place: Path): Attack => ({
    field,
    value: hostile.name,
    text: (bytes) => filled(whole, place, around(hostile.make(scalar(value), bytes))),
  })
  if (isList(value)) return LISTS.map((list) => attack(list(value), (raw) => `[${raw}]`, path))
  if (isObject(value)) {
    const more = [...MEMBERS, LONG_NAME, ...Object.keys(value).slice(0, 1).map(again(value))]
    return more.map((members) => attack(members, (raw) => `0,${raw}`, [...path, MEMBER]))
  }
  return [
    ...TEXTS.map((text) => attack(text, JSON.stringify, path)),
    ...VALUES.map((raw) => attack(raw, (text) => text, path)),
  ]
}

/** What was sent comes back in the field. */
function echoesAt(whole: Json, { path }: Place, sent: readonly string[]): Field {
  const attacks = sent.flatMap((one) =>
    [
      one,
      `https://${one}.example.org/r4`,
      `https://fhir.example.org/${one}`,
      `${one};x=${one}`,
    ].map((form) => ({
      field: nameOf(path),
      value: `what was sent, as ${form}`,
      text: () => filled(whole, path, JSON.stringify(form)),
    })),
  )
  return { name: `${kindOf(whole, path)}, an echo`, attacks }
}

/** Hostile forms of a list: the raw text between its brackets. */
const LISTS: readonly ((list: readonly Json[]) => Hostile)[] = [
  (list) => ({
    name: 'its items over and over',
    make: (_good, bytes) => itemsOf((at) => JSON.stringify(list[at % list.length] ?? 'x'), bytes),
  }),
  (list) => ({
    name: 'its items over and over, each different',
    make: (_good, bytes) => itemsOf((at) => differing(list[at % list.length] ?? 'x')(at), bytes),
  }),
  () => ({ name: 'nulls', make: (_good, bytes) => itemsOf(() => 'null', bytes / 3) }),
  () => ({
    name: 'empty objects',
    make: (_good, bytes) => itemsOf(() => '{"a":"xxxxxxxxxxxx"}', bytes),
  }),
  () => ({ name: 'texts', make: (_good, bytes) => itemsOf((at) => `"text number ${at}"`, bytes) }),
  (list) => ({
    name: 'lists of its items',
    make: (_good, bytes) =>
      itemsOf(() => `[${list.map((item) => JSON.stringify(item)).join()}]`, bytes),
  }),
]

function again(object: Readonly<Record<string, Json>>): (name: string) => Hostile {
  return (name) => ({
    name: `"${name}" again and again`,
    make: (_good, bytes) =>
      itemsOf(() => `${JSON.stringify(name)}:${JSON.stringify(object[name])}`, bytes),
  })
}

/** Two lists long at a time, of each two kinds once, and all at once: what looks each item of one up in the other is slow there. */
function* attacksOnLists(whole: Json, all: readonly Place[]): Generator<Field> {
  const kinds = new Map(all.map((place) => [kindOf(whole, place.path), place]))
  const lists = [...kinds.entries()]
  for (const [at, [name, first]] of lists.entries()) {
    const attacks = lists
      .slice(at + 1)
      .flatMap(([name, second]) =>
        [false, true].map((differ) => together(whole, [first, second], differ, `, with ${name}`)),
      )
    if (attacks.length > 0) yield { name: `${name} x others`, attacks }
  }
  for (const differ of [false, true])
    yield { name: `all lists ${String(differ)}`, attacks: [together(whole, all, differ)] }
}

function together(whole: Json, lists: readonly Place[], differ: boolean, others = ''): Attack {
  return {
    field: lists.length > 2 ? 'all lists' : lists.map(({ path }) => nameOf(path)).join(' x '),
    value: `${differ ? 'long, each item different' : 'long'}${others}`,
    text: (bytes) => {
      let document = whole
      // The deepest first, so that what is repeated around it is not repeated before.
      const inOrder = [...lists].sort((a, b) => b.path.length - a.path.length)
      const raws: string[] = []
      for (const { path, value } of inOrder) {
        // An outer list repeats its items as they are in the sample, next to the one that is long inside.
        const inner = valueAt(document, path)
        const own = isList(value) ? value : []
        const kept = isList(inner) ? inner : []
        const each = (at: number): string => {
          const item = own[at % own.length] ?? 'x'
          return differ ? differing(item)(at) : JSON.stringify(item)
        }
        document = withValue(document, path, [...kept, `${MARK}${raws.length}`])
        raws.push(itemsOf(each, bytes / lists.length))
      }
      return JSON.stringify(document).replace(
        new RegExp(`"${MARK}(\\d+)"`, 'g'),
        (_, number: string) => raws[Number(number)] ?? '',
      )
    },
  }
}

/** Members whose values tell items apart, or lead from one to another. */
const TELLING = [
  'id',
  'reference',
  'address',
  'fullUrl',
  'value',
  'versionId',
  'name',
  'family',
  'text',
  'valueUri',
  'city',
  'line',
]

/** The item with a number at the end of all that tells it apart. */
function differing(item: Json): (at: number) => string {
  const text = JSON.stringify(marked(item))
  return (at) => text.replaceAll(MARK, String(at))
}

function marked(item: Json, name?: string): Json {
  if (typeof item === 'string') {
    const tells =
      name === undefined || TELLING.includes(name) || (name === 'url' && item.includes('page'))
    return tells ? `${item}${MARK}` : item
  }
  if (isList(item)) return item.map((one) => marked(one, name))
  if (!isObject(item)) return item
  return Object.fromEntries(Object.entries(item).map(([own, value]) => [own, marked(value, own)]))
}

function* placesOf(value: Json, path: Path = []): Generator<Place> {
  if (path.length > 0 || isObject(value)) yield { path, value }
  if (isList(value)) for (const [at, item] of value.entries()) yield* placesOf(item, [...path, at])
  else if (isObject(value))
    for (const [name, member] of Object.entries(value)) yield* placesOf(member, [...path, name])
}

function filled(whole: Json, place: Path, raw: string): string {
  return JSON.stringify(withValue(whole, place, MARK)).replace(SLOT, () => raw)
}

function withValue(whole: Json, [first, ...rest]: Path, value: Json): Json {
  if (first === undefined) return value
  if (isList(whole))
    return whole.map((item, at) => (at === first ? withValue(item, rest, value) : item))
  const own = isObject(whole) ? whole : {}
  return { ...own, [first]: withValue(own[first] ?? null, rest, value) }
}

function valueAt(whole: Json, [first, ...rest]: Path): Json {
  if (first === undefined) return whole
  if (isList(whole)) return valueAt(whole[Number(first)] ?? null, rest)
  return isObject(whole) ? valueAt(whole[first] ?? null, rest) : null
}

function nameOf(path: Path): string {
  const name = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('')
  return name.replace(/^\./, '') || 'the document'
}

/** The path with what an item is in place of its number. */
function kindOf(whole: Json, path: Path): string {
  const steps = path.map((step, at) => {
    if (typeof step === 'string') return `.${step}`
    const item = valueAt(whole, path.slice(0, at + 1))
    const { url, resourceType, relation } = isObject(item) ? item : {}
    return `[${[url, resourceType, relation].map((kind) => (typeof kind === 'string' ? kind : '')).join('')}]`
  })
  return steps.join('')
}

function scalar(value: Json): string {
  return typeof value === 'object' ? '' : String(value)
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}

function isObject(value: Json): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function asJson(value: unknown): Json {
  return JSON.parse(JSON.stringify(value)) as Json
}
