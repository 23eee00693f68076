import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { root, run } from '../support/run.ts'

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
