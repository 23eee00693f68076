/** Modules of the tests for benchmarks, which run without a build of them. */
import { readFileSync } from 'node:fs'
import ts from 'typescript'

/** One that imports nothing but Node's own modules. */
export function importTypeScript(url) {
  const { outputText } = ts.transpileModule(readFileSync(url, 'utf8'), {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 },
  })
  return import(`data:text/javascript;base64,${Buffer.from(outputText).toString('base64')}`)
}
