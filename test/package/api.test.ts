/** The public declarations are those that api/ holds; `npm run api` writes it. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { root, run } from '../support/run.ts'

/** A busy machine reads the types of FHIR slowly. */
const MINUTES = 180_000

const check = (...args: readonly string[]): ReturnType<typeof run> =>
  run('node', ['tools/write-api.mjs', '--check', ...args])

test(
  'the public declarations are those of api/, or the change is meant: npm run api',
  async () => {
    expect(await check()).toEqual({ code: 0, output: '' })
  },
  MINUTES,
)

test('each entry point of package.json has a file, and what it exports is in it', async () => {
  const { exports } = JSON.parse(await readFile(`${root}/package.json`, 'utf8')) as {
    exports: Record<string, { types?: string }>
  }
  const paths = Object.entries(exports).filter(([, { types }]) => types !== undefined)
  for (const [path] of paths) {
    const text = await readFile(
      `${root}/api/${path === '.' ? 'index' : path.slice(2)}.d.ts`,
      'utf8',
    )
    const names = Object.keys((await import(`carequality-fhir${path.slice(1)}`)) as object)
    expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(text))).toEqual([])
  }
})

test(
  'a member, a type and a file that are other ones are named, with the command that accepts it',
  async () => {
    const at = await mkdtemp(join(tmpdir(), 'api-'))
    onTestFinished(() => rm(at, { recursive: true }))
    await cp(`${root}/api`, at, { recursive: true })
    const change = async (file: string, make: (text: string) => string): Promise<void> => {
      const before = await readFile(join(at, file), 'utf8')
      expect(make(before)).not.toBe(before)
      await writeFile(join(at, file), make(before))
    }
    await change('node.d.ts', (text) => text.replace(/^ {4}.*;\n/m, ''))
    await change('index.d.ts', (text) => text.replace('string', 'number'))
    await rm(join(at, 'udap.d.ts'))
    const { code, output } = await check('--to', at)
    expect(code).toBe(1)
    for (const part of [
      'api/node.d.ts:',
      'api/index.d.ts:',
      'api/udap.d.ts is missing',
      'npm run api',
    ])
      expect(output).toContain(part)
  },
  MINUTES,
)
