import { execFileSync } from 'node:child_process'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { root, run } from '../support/run.ts'

test('docs/performance.md and its pictures are what bench/results say', async () => {
  expect(await run('node', [`${root}/bench/report.mjs`, '--check'])).toEqual({
    code: 0,
    output: '',
  })
})

/** What the compiler says of a module that is not there, and of a name that a module does not export. */
const LOST_IMPORT = new Set([2305, 2307, 2614, 2724])
/** In packages that the root does not install: their own suites run them. */
const OF_OTHERS = /'(ioredis|bullmq)'/

test('everything that bench/ and tools/ import is there, under the name that they use', () => {
  const listed = execFileSync('git', ['ls-files', 'bench/*.mjs', 'tools/*.mjs'], {
    cwd: root,
    encoding: 'utf8',
  })
  const files = listed
    .trim()
    .split('\n')
    .map((file) => `${root}${file}`)
  const program = ts.createProgram(files, {
    allowJs: true,
    checkJs: true,
    noEmit: true,
    skipLibCheck: true,
    strict: false,
    types: ['node'],
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
  })
  const lost = files.flatMap((file) =>
    program
      .getSemanticDiagnostics(program.getSourceFile(file))
      .map(({ code, messageText }) => ({
        code,
        said: ts.flattenDiagnosticMessageText(messageText, ' '),
      }))
      .filter(({ code, said }) => LOST_IMPORT.has(code) || said.includes("on type 'typeof import("))
      .filter(({ said }) => !OF_OTHERS.test(said))
      .map(({ said }) => `${file}: ${said}`),
  )
  expect(files.length).toBeGreaterThan(50)
  expect(lost).toEqual([])
})
