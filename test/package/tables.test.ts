import { readdirSync, readFileSync, mkdtempSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, beforeAll, describe, onTestFinished } from 'vitest'
import { root, run } from '../support/run.ts'
import type { PatientSearchParameters } from '../../src/index.ts'
import { FhirClient, type ResourceType, type SearchParameters } from '../../src/fhir/index.ts'
import { base, bundle, fake, fhir, recording } from '../support/fhir-answers.ts'
import { compileSnippets } from '../support/snippets.ts'

describe('events', async () => {
  interface EventRow {
    readonly name: string
    readonly text: string
    readonly members: readonly string[]
  }

  async function rowsAndTable(): Promise<{ rows: readonly EventRow[]; table: string }> {
    const script = `
    import { eventRows, eventTable } from '${root}/tools/events-table.mjs'
    console.log(JSON.stringify({ rows: eventRows(), table: eventTable() }))`
    const { output } = await run('node', ['--input-type=module', '-e', script])
    return JSON.parse(output) as { rows: readonly EventRow[]; table: string }
  }

  const { rows, table } = await rowsAndTable()
  const names = rows.map(({ name }) => name)

  function textsBelow(folder: string): readonly string[] {
    return readdirSync(`${root}/${folder}`, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFileSync(`${root}/${folder}/${file}`, 'utf8'))
  }

  test('docs/events.md has one row for each event, with the words of src/events.ts, and no other', () => {
    const page = readFileSync(`${root}/docs/events.md`, 'utf8')
    const written = page.split('\n').filter((line) => line.startsWith('| `'))
    expect(written).toEqual(table.split('\n'))
    expect(rows.filter(({ text }) => !text.endsWith('.'))).toEqual([])
  })

  test('each event is emitted in the source, at least once', () => {
    const source = textsBelow('src').join('\n')
    expect(names.length).toBeGreaterThan(35)
    expect(names.filter((name) => !source.includes(`type: '${name}'`))).toEqual([])
  })
})

/** The tables of docs/search.md: each row is compiled as a user would, and held against the wire. */
describe('search table', () => {
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
})

describe('threats', () => {
  const check = (...more: readonly string[]) =>
    run('node', [`${root}/tools/write-threats.mjs`, '--check', ...more])

  test('docs/security.md has each row of the threats with the tests that show it', async () => {
    expect(await check()).toEqual({ code: 0, output: '' })
  })

  test('a row that no test shows fails, and a table that is out of date', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'threats-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const first = 'A1' // apart, so that this text counts for no row itself
    writeFileSync(
      join(folder, 'some.test.ts'),
      `test('${first}: a title', () => {})\ntest('no A2: title')\n// 'A3' without a colon\n`,
    )
    const { code, output } = await check('--tests', folder)
    expect(code).toBe(1)
    expect(output).toContain('no test shows A2, A3, A4')
    expect(output).not.toContain('A1,')
    const rows = ['A', 'B', 'K', 'T', 'R', 'I', 'L'].flatMap((letter) =>
      Array.from({ length: 24 }, (_, index) => `test('${letter}${index + 1}: x', () => {})`),
    )
    writeFileSync(join(folder, 'some.test.ts'), rows.join('\n'))
    expect(await check('--tests', folder)).toMatchObject({
      code: 1,
      output: expect.stringContaining('out of date') as unknown,
    })
  })
})
