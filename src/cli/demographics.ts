/** Criteria of patient searches and matches, from options or from a file. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { PatientDemographics } from '../fhir/index.ts'
import { isRecord } from '../lib/arguments.ts'
import { textOf, type Context } from './context.ts'

/** What is known of a patient. */
export interface Demographics {
  readonly name?: string | undefined
  readonly family?: string | undefined
  readonly given?: string | undefined
  readonly birthdate?: string | undefined
  readonly gender?: 'male' | 'female' | 'other' | 'unknown' | undefined
  readonly identifier?: string | undefined
  readonly postalCode?: string | undefined
}

const NAMES = [
  'name',
  'family',
  'given',
  'birthdate',
  'gender',
  'identifier',
  'postalCode',
] as const
const OPTIONS: Readonly<Record<string, string>> = { postalCode: 'postal-code' }

/** Throws a `TypeError` where there is nothing to search by. */
export async function demographicsOf(context: Context): Promise<Demographics> {
  const file = await fromFile(context)
  const found: Record<string, string> = {}
  for (const name of NAMES) {
    const value = textOf(context, OPTIONS[name] ?? name) ?? file[name]
    if (typeof value === 'string') found[name] = value
  }
  if (Object.keys(found).length === 0) {
    throw new TypeError('give a criterion, for example --family, or --from-file')
  }
  const { gender, ...others } = found
  return { ...others, gender: genderOf(gender) }
}

function genderOf(text: string | undefined): Demographics['gender'] {
  if (text === undefined) return undefined
  const found = (['male', 'female', 'other', 'unknown'] as const).find((code) => code === text)
  if (found === undefined) throw new TypeError('--gender must be male, female, other or unknown')
  return found
}

async function fromFile(context: Context): Promise<Readonly<Record<string, unknown>>> {
  const path = textOf(context, 'from-file')
  if (path === undefined) return {}
  let value: unknown
  try {
    value = JSON.parse(await readFile(resolve(context.io.cwd, path), 'utf8'))
  } catch {
    throw new TypeError('the file of --from-file cannot be read as JSON')
  }
  if (!isRecord(value)) throw new TypeError('the file of --from-file must hold an object')
  const other = Object.keys(value).find((name) => !NAMES.some((one) => one === name))
  if (other !== undefined)
    throw new TypeError(`the file of --from-file may hold ${NAMES.join(', ')}`)
  return value
}

/** The same as a Patient, as `$match` and discover take it. */
export function patientOf(known: Demographics): PatientDemographics {
  const { name, family, given, birthdate, gender, identifier, postalCode } = known
  const [system, value] = identifier?.includes('|') === true ? identifier.split('|') : []
  const names = {
    ...(name === undefined ? {} : { text: name }),
    ...(family === undefined ? {} : { family }),
    ...(given === undefined ? {} : { given: [given] }),
  }
  return {
    ...(Object.keys(names).length === 0 ? {} : { name: [names] }),
    ...(birthdate === undefined ? {} : { birthDate: birthdate }),
    ...(gender === undefined ? {} : { gender }),
    ...(identifier === undefined
      ? {}
      : {
          identifier: [
            system === undefined ? { value: identifier } : { system, value: value ?? '' },
          ],
        }),
    ...(postalCode === undefined ? {} : { address: [{ postalCode }] }),
  }
}
