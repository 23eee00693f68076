/** Completion, by the shells themselves; a shell that is not here is named and left out. */
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { commands } from '../../../src/cli/commands.ts'
import { completionScript, type Shell } from '../../../src/cli/completion-script.ts'
import { terminal } from './terminal.ts'

/** What a line is completed to, by any shell; `key.pem` and `key.p12` are in the folder. */
const rows: readonly (readonly [line: string, offered: readonly string[]])[] = [
  ['pat', ['patient']],
  ['patient ', ['match', 'read', 'search']],
  ['patient re', ['read']],
  ['udap reg', ['register']],
  ['patient search --fam', ['--family']],
  ['doctor --pat', ['--patient']],
  ['directory get 2.999.10 --js', ['--json']],
  ['token --mode smart', ['smart-backend']],
  ['completion ', ['bash', 'fish', 'zsh']],
  ['token --key-file k', ['key.p12', 'key.pem']],
  ['directory mirror key.p', ['key.p12', 'key.pem']],
]

const folder = import.meta.dirname
const drivers: Readonly<
  Record<Shell, (script: string, line: string) => readonly [string, readonly string[]]>
> = {
  bash: (script, line) => {
    const list = line.split(' ').map((word) => `'${word}'`)
    const ask = `source ${script}; COMP_WORDS=(${list.join(' ')}); COMP_CWORD=${list.length - 1}; _carequality_fhir; [ -n "$COMPREPLY" ] || COMPREPLY=($(compgen -o default -- "\${COMP_WORDS[COMP_CWORD]}")); printf '%s\\n' "\${COMPREPLY[@]}"`
    return ['bash', ['-c', ask]]
  },
  fish: (script, line) => [
    'fish',
    ['--no-config', '-c', `source ${script}; complete -C '${line}'`],
  ],
  zsh: (script, line) => ['zsh', ['-f', join(folder, 'complete.zsh'), script, line]],
}

/** The words that a shell offers, in the order of the alphabet. */
async function offered(shell: Shell, line: string): Promise<readonly string[]> {
  const cwd = await mkdtemp(join(tmpdir(), 'cq-complete-'))
  onTestFinished(() => rm(cwd, { recursive: true }))
  const script = join(cwd, '.home', 'script')
  await mkdir(join(cwd, '.home'))
  await writeFile(script, completionScript(shell, commands))
  for (const name of ['key.pem', 'key.p12']) await writeFile(join(cwd, name), '')
  const [program, args] = drivers[shell](script, line)
  const env = { ...process.env, HOME: join(cwd, '.home'), TERM: 'dumb' }
  const output = execFileSync(program, args, { cwd, env, timeout: 60_000 }).toString()
  const words = output.split('\n').map((one) => one.split('\t', 1)[0]?.trim() ?? '')
  return words.filter((word) => word !== '').sort()
}

function isHere(shell: Shell): boolean {
  try {
    execFileSync(shell, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    console.info(`not run: completion in ${shell}, which is not installed`)
    return false
  }
}

describe.each(['bash', 'zsh', 'fish'] as const)('%s completes', (shell) => {
  test.skipIf(!isHere(shell)).each(rows)('"%s"', async (line, expected) => {
    expect(await offered(shell, `carequality-fhir ${line}`)).toEqual(expected)
  })
})

test('the scripts name every command, and other shells are refused', async () => {
  const { type } = await terminal()
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { code, out } = await type(`completion ${shell}`)
    expect(code).toBe(0)
    for (const { name } of commands) expect(out).toContain(name.split(' ').at(-1))
  }
  for (const shell of ['tcsh', 'toString']) expect((await type(`completion ${shell}`)).code).toBe(2)
})
