/** The tables of docs/search.md: each row is compiled as a user would, and held against the wire. */
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import type { PatientSearchParameters } from '../../src/index.ts'
import { FhirClient, type ResourceType, type SearchParameters } from '../../src/fhir/index.ts'
import { base, bundle, fake, fhir, recording } from '../support/fhir-answers.ts'
import { root } from '../support/run.ts'
import { compileSnippets } from '../support/snippets.ts'

interface Row {
  readonly code: string
  readonly sent: string
}

interface Compiled {
  readonly patients: readonly PatientSearchParameters[]
  readonly others: readonly (readonly [type: ResourceType, parameters: SearchParameters])[]
}

const page = readFileSync(`${root}/docs/search.md`, 'utf8')
const patientRows = rowsOf('patients')
const otherRows = rowsOf('others')
let compiled: Compiled

/** The code and the wire form of each row of a table; `\|` is how a table spells `|`. */
function rowsOf(table: string): readonly Row[] {
  const [, rest = ''] = page.split(`<!-- search table: ${table} -->`)
  const [lines = ''] = rest.trimStart().split('\n\n')
  return lines
    .split('\n')
    .slice(2)
    .map((line) => {
      const [, code, sent] = /^\|[^`]*\| `(.*)` \| `(.*)` \|$/.exec(line) ?? []
      if (code === undefined || sent === undefined) throw new Error(`no row: ${line}`)
      return { code: code.replaceAll('\\|', '|'), sent: sent.replaceAll('\\|', '|') }
    })
}

function formOf(body: string | undefined): string {
  return [...new URLSearchParams(body)].map(([name, value]) => `${name}=${value}`).join('&')
}

beforeAll(async () => {
  const code = [
    "import type { PatientSearchParameters } from 'carequality-fhir'",
    "import type { ResourceType, SearchParameters } from 'carequality-fhir/fhir'",
    'export const patients: readonly PatientSearchParameters[] = [',
    ...patientRows.map((row) => `  ${row.code},`),
    ']',
    'export const others: readonly (readonly [ResourceType, SearchParameters])[] = [',
    ...otherRows.map((row) => `  [${row.code}],`),
    ']',
  ].join('\n')
  const { ran, moduleOf } = await compileSnippets('search-table', [{ name: 'table', code }])
  expect(ran).toEqual({ code: 0, output: '' })
  compiled = (await import(moduleOf('table'))) as Compiled
})

describe('patients', () => {
  test.each(patientRows.map((row, index) => ({ ...row, index })))(
    '$code is sent as $sent',
    async ({ index, sent }) => {
      const { client, seen } = fake(() => fhir(200, bundle([])))
      await client.search(compiled.patients[index] ?? {}).first()
      expect(seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
        `POST ${base}/Patient/_search`,
      ])
      expect(formOf(seen[0]?.body)).toBe(sent)
    },
  )
})

describe('other resources', () => {
  test.each(otherRows.map((row, index) => ({ ...row, index })))(
    '$code is sent as $sent',
    async ({ index, sent }) => {
      const { fetch, seen } = recording(() => fhir(200, bundle([])))
      const [type = 'Basic', parameters = {}] = compiled.others[index] ?? []
      await new FhirClient({ baseUrl: base, fetch }).search(type, parameters).first()
      expect(seen.map(({ url }) => url)).toEqual([`${base}/${type}/_search`])
      expect(formOf(seen[0]?.body)).toBe(sent)
    },
  )
})

test('the tables are read whole', () => {
  expect(patientRows.length).toBeGreaterThan(30)
  expect(otherRows.length).toBeGreaterThan(5)
})
