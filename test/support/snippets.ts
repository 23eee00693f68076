/** The TypeScript of the documentation, compiled as a user would. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bin, root, run, type Ran } from './run.ts'

/** One fenced block. */
export interface Snippet {
  /** File name without its end, for example `docs-signers-md-2`. */
  readonly name: string
  readonly code: string
}

/** The blocks of a page that are marked `ts`, in their order. */
export function snippetsOf(page: string, text: string): readonly Snippet[] {
  return [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = ''], index) => ({
    name: `${page.replace(/\W/g, '-')}-${index + 1}`,
    code,
  }))
}

/** Compiles them in a folder below `.tmp`; `moduleOf` says where the compiled ones are. */
export async function compileSnippets(
  name: string,
  snippets: readonly Snippet[],
): Promise<{ readonly ran: Ran; readonly moduleOf: (name: string) => string }> {
  const folder = `${root}/.tmp/${name}`
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  for (const snippet of snippets) await writeFile(`${folder}/${snippet.name}.ts`, snippet.code)
  await writeFile(
    `${folder}/tsconfig.json`,
    JSON.stringify({
      extends: '../../examples/tsconfig.json',
      compilerOptions: { rootDir: '.', outDir: 'dist' },
      include: ['*.ts'],
    }),
  )
  const ran = await run(bin('tsc'), ['-p', folder])
  return { ran, moduleOf: (snippet) => `${folder}/dist/${snippet}.js` }
}

/** What a snippet printed, and how it failed: empty where it did not. */
export interface RanSnippet {
  readonly output: string
  readonly failure: string
}

/** Runs compiled snippets in one process, which ends by itself. */
export async function runSnippets(modules: readonly string[]): Promise<readonly RanSnippet[]> {
  const cwd = await mkdtemp(join(tmpdir(), 'snippets-'))
  try {
    const script = `${root}/test/support/run-snippets.mjs`
    const { code, output } = await run('node', ['-C', 'workerd', script, cwd, ...modules], cwd)
    if (code !== 0) throw new Error(`the snippets failed with ${code}: ${output}`)
    return JSON.parse(output) as readonly RanSnippet[]
  } finally {
    await rm(cwd, { recursive: true })
  }
}
