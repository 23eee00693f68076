import type { DirectoryAddress, DirectoryContact, DirectoryPosition } from './model.ts'
import { list, member, text } from '../../hl7/tree.ts'
import { codeTexts, items, readExtensions, texts } from './concepts.ts'

/** The addresses of an Organization, each with its position where the directory knows it. */
export function readAddresses(resource: unknown): readonly DirectoryAddress[] {
  const locate = locationsOf(resource)
  return items(member(resource, 'address')).map((address) => ({
    use: text(member(address, 'use')),
    text: text(member(address, 'text')),
    lines: texts(member(address, 'line')),
    city: text(member(address, 'city')),
    state: text(member(address, 'state')),
    postalCode: text(member(address, 'postalCode')),
    country: text(member(address, 'country')),
    position: positionOf(address, locate),
  }))
}

/** R4 refers to a contained Location; the legacy directory writes the numbers into the extension. */
function positionOf(address: unknown, locate: Locate): DirectoryPosition | undefined {
  const found: Found = { locate, position: undefined }
  readExtensions(address, found, readPositionExtension)
  return found.position
}

/** Finds a contained resource by a reference to it. */
type Locate = (reference: string) => unknown

/** The contained resources by reference, indexed once, and only if an address needs it. */
function locationsOf(resource: unknown): Locate {
  let byReference: Map<string, unknown> | undefined
  return (reference) => {
    if (byReference === undefined) {
      byReference = new Map()
      for (const contained of list(member(resource, 'contained'))) {
        const key = `#${text(member(contained, 'id')) ?? ''}`
        if (!byReference.has(key)) byReference.set(key, contained)
      }
    }
    return byReference.get(reference)
  }
}

interface Found {
  readonly locate: Locate
  position: DirectoryPosition | undefined
}

function readPositionExtension(found: Found, name: string, extension: unknown): boolean {
  if (name === 'OrgLocation' || name === 'orglocation') {
    const reference = text(member(member(extension, 'valueReference'), 'reference'))
    if (reference !== undefined)
      found.position ??= readPosition(member(found.locate(reference), 'position'))
    return true
  }
  if (name === 'OrgPosition' || name === 'orgposition') {
    for (const coding of list(member(member(extension, 'valueCodeableConcept'), 'coding')))
      found.position ??= readPosition(member(member(coding, 'value'), 'position'))
    return true
  }
  return false
}

function readPosition(position: unknown): DirectoryPosition | undefined {
  const latitude = degrees(member(position, 'latitude'), 90)
  const longitude = degrees(member(position, 'longitude'), 180)
  return latitude === undefined || longitude === undefined ? undefined : { latitude, longitude }
}

function degrees(node: unknown, most: number): number | undefined {
  const value = Number(text(node) ?? Number.NaN)
  return Math.abs(value) <= most ? value : undefined
}

/** Contacts of an Organization; those without name and telecom are dropped. */
export function readContacts(resource: unknown): readonly DirectoryContact[] {
  return items(member(resource, 'contact'))
    .map((contact) => ({
      purpose: codeTexts(member(contact, 'purpose'))[0],
      name: nameOf(list(member(contact, 'name'))[0]),
      telecom: items(member(contact, 'telecom')).flatMap((point) => {
        // Not `text(point)`: the `value` of a ContactPoint is a member, not a wrapper.
        const value = text(member(point, 'value'))
        return value === undefined ? [] : [{ system: text(member(point, 'system')), value }]
      }),
    }))
    .filter(({ name, telecom }) => name !== undefined || telecom.length > 0)
}

function nameOf(name: unknown): string | undefined {
  const shown = text(member(name, 'text'))
  const parts = [...texts(member(name, 'given')), text(member(name, 'family')) ?? '']
  return shown ?? text(parts.join(' '))
}
