import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { commands } from '../../src/cli/commands.ts'
import { exitCodes } from '../../src/cli/exit-codes.ts'
import { settingsTable } from '../../src/cli/settings-table.ts'
import { findings } from '../../src/diagnose/findings.ts'
import { builtInQuirks } from '../../src/discovery/quirks.ts'
import { errorCatalogue } from '../../src/error-catalogue.ts'
import { equipment } from '../interop/softhsm/token.ts'
import { root, run } from '../support/run.ts'
import { compileSnippets, runSnippets, snippetsOf, type RanSnippet } from '../support/snippets.ts'

const pages = [
  'README.md',
  'ARCHITECTURE.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...readdirSync(`${root}/docs`, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
]
const read = (page: string): string => readFileSync(`${root}/${page}`, 'utf8')

describe('docs/errors.md', () => {
  test('has one row for each error code, with the words of the catalogue, and no other', () => {
    const rows = read('docs/errors.md')
      .split('\n')
      .filter((line) => line.startsWith('| `ERR_CQ_'))
    const expected = Object.entries(errorCatalogue).map(
      ([code, [errorClass, meaning, advice, retry, call]]) =>
        `| \`${code}\` | ${errorClass} | ${meaning} ${advice} | ${retry ? 'yes' : 'no'} | ${call} |`,
    )
    expect(rows).toEqual(expected)
  })

  test('and the other pages name no code that does not exist', () => {
    const named = pages.flatMap((page) =>
      [...read(page).matchAll(/ERR_CQ_[A-Z_]*[A-Z]/g)].map(([code]) => code),
    )
    expect(named.filter((code) => !Object.hasOwn(errorCatalogue, code))).toEqual([])
  })
})

test('docs/diagnose.md has one row for each finding, with the words of the table, and no other', () => {
  const rows = read('docs/diagnose.md')
    .split('\n')
    .filter((line) => /^\| `[a-z0-9-]+` \|/.test(line))
  const expected = Object.entries(findings).map(([id, [what, cure, who]]) => {
    const curer = who === 'server' ? 'the server’s operator' : who
    return `| \`${id}\` | ${what}. | ${cure}. | ${curer} |`
  })
  expect(rows).toEqual(expected)
})

test('docs/cli.md names every command, every setting and every exit code', () => {
  const page = read('docs/cli.md')
  for (const { name } of commands) expect(page).toContain(`\`${name}`)
  for (const { env } of settingsTable) expect(page).toContain(env)
  for (const [code, meaning] of Object.entries(exitCodes)) {
    expect(page).toContain(`| ${code} | ${meaning} |`)
  }
})

test('docs/quirks.md has a section for each built-in quirk, and says how to switch it off', () => {
  const sections = new Map(
    read('docs/quirks.md')
      .split(/^## /m)
      .map((section) => [section.split('\n', 1)[0], section]),
  )
  for (const { id } of builtInQuirks)
    expect(sections.get(id)).toContain(`disabledQuirks: ['${id}']`)
})

test('each hazard of docs/safety.md names a test that is there', () => {
  const own = read('test/conformance/safety.test.ts')
  const rows = read('docs/safety.md')
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(1)
    .map((line) => line.split(' | '))
  expect(rows.length).toBeGreaterThan(15)
  const missing = rows.flatMap(([first = '', , , shown = '']) => {
    const hazard = first.slice(2)
    const files = [...shown.matchAll(/`([^`]+)`/g)].map(([, file = '']) => file)
    const lost = files.filter((file) => !existsSync(`${root}/${file}`))
    if (shown.includes('*safety*') && !own.includes(`('${hazard}`)) lost.push(hazard)
    return files.length === 0 && !shown.includes('*safety*') ? [hazard] : lost
  })
  expect(missing).toEqual([])
})

test('every link between the pages leads somewhere, anchors included', () => {
  const broken = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)].flatMap(
      ([link, path = '', anchor]) => {
        const target = path === '' ? page : join(dirname(page), path)
        if (!existsSync(`${root}/${target}`)) return `${page}: ${link}`
        return anchor === undefined || anchorsOf(target).includes(anchor) ? [] : `${page}: ${link}`
      },
    ),
  )
  expect(broken).toEqual([])
})

test('ARCHITECTURE.md names no file that does not exist', () => {
  const named = [...read('ARCHITECTURE.md').matchAll(/\b(?:src|test|tools)\/[\w./-]*\.\w+/g)]
  expect(named.length).toBeGreaterThan(100)
  expect(named.flatMap(([file]) => (existsSync(`${root}/${file}`) ? [] : [file]))).toEqual([])
})

function anchorsOf(page: string): string[] {
  return [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  )
}

describe('what the pages show of an example', () => {
  const shown = pages.flatMap((page) =>
    [...read(page).matchAll(/<!-- output of (\S+) -->\n+```text\n([\s\S]*?)\n```/g)].map(
      ([, file = '', text = '']) => ({ page, file, text }),
    ),
  )

  test('is there for each example of keys, tokens and patients, and for the demonstration', () => {
    const files = shown.map(({ file }) => file.replace(/^examples\/dist\/|\.js$/g, ''))
    expect(files.sort()).toEqual([
      'custom-signer-kms',
      'documents',
      'hsm-pkcs11',
      'mutual-tls',
      'patient-match',
      'patient-search',
      'quickstart',
      'smart-backend-services',
      'tefca-ias',
      'udap-b2b',
    ])
  })

  test.each(shown)('$file in $page is what it prints', async ({ file, text }) => {
    const { code, output } = await run('node', [file])
    expect(code).toBe(0)
    const missing = file.includes('hsm') ? await equipment() : undefined
    if (typeof missing === 'string') {
      console.info(`not compared: the output of hsm-pkcs11, since ${missing}`)
      expect(output).toMatch(/^not run: .+\n$/)
    } else expect(output.trim()).toBe(text)
  })

  test.each([
    ['hsm-pkcs11', 'pkcs11js'],
    ['shared-tokens', 'ioredis'],
    ['discover-queue', 'ioredis'],
  ])('%s says in one line why it does not run', async (example, missing) => {
    const cwd = await mkdtemp(join(tmpdir(), 'elsewhere-'))
    const { code, output } = await run('node', [`${root}/examples/dist/${example}.js`], cwd)
    await rm(cwd, { recursive: true })
    expect(code).toBe(0)
    expect(output).toBe(`not run: ${missing} is not installed (npm install ${missing})\n`)
  })
})

describe('the demonstration', () => {
  test('asks the real network when the environment names one, and says what is missing', async () => {
    const { code, output } = await run('env', [
      'CAREQUALITY_API_KEY=secret-key',
      'node',
      'examples/dist/quickstart.js',
    ])
    expect(code).not.toBe(0)
    expect(output).toContain('set CAREQUALITY_CLIENT_ID')
    expect(output).not.toContain('secret-key')
  })
})

describe('the examples of many responders', () => {
  test('discover plans, follows its progress, and says who has not answered', async () => {
    const { code, output } = await run('node', ['examples/dist/discover.js'])
    expect(code).toBe(0)
    expect(output).toContain('200 responders at 200 origins: 800 requests, 200 of them for tokens')
    expect(output).toContain('############################## 200 of 200')
    expect(output).toMatch(/ {2}\d+ {2}matched\n/)
    expect(output).toMatch(/complete: no, \d+ have not answered/)
  })

  test('find-records goes from demographics to documents by place, and names the gaps', async () => {
    const { code, output } = await run('node', ['examples/dist/find-records.js'])
    expect(code).toBe(0)
    expect(output).toContain('40 organizations within 60 miles')
    expect(output).toMatch(/\nHospital \d+ \(sandbox\)\n {2}20\d\d-\d\d-15 {2}Discharge summary\n/)
    expect(output).toMatch(/Refused:\n {2}Hospital/)
    expect(output).toMatch(/Not answered:\n {2}Hospital \d+ \(sandbox\): un/)
  })
})

describe('the examples of the directory', () => {
  test('directory-mirror builds, saves, loads, refreshes and compares a copy', async () => {
    const { code, output } = await run('node', ['examples/dist/directory-mirror.js'])
    expect(code).toBe(0)
    expect(output).toContain('[##############################] 5005 of 5005')
    for (const line of [
      '5005 entries on 6 pages, complete',
      'saved and loaded: 5005 entries',
      'new at 2.999.100.1: https://fhir.new-clinic.example/r4',
      'gone: 2.999.100.2',
      'is served by Sunrise Clinic',
    ])
      expect(output).toContain(line)
  })

  test('tefca-directory finds the ancestor that serves', async () => {
    const { code, output } = await run('node', ['examples/dist/tefca-directory.js'])
    expect(code).toBe(0)
    expect(output).toContain('Prairie Clinic, Room 12 (sandbox) (Child, RCE, Austin TX)')
    expect(output).toContain(
      'served by Prairie Health System (sandbox): https://fhir.sunrise-clinic.example/r4',
    )
    expect(output).toContain('below it: Prairie Clinic (sandbox)')
  })
})

test('the gateway holds its own tests', async () => {
  const { code, output } = await run('node', ['--test', 'examples/dist/gateway/gateway.test.js'])
  expect(output).toMatch(/^(# |ℹ )pass 8$/m)
  expect(code).toBe(0)
})

describe('the snippets of the pages', () => {
  const byPage = new Map(pages.map((page) => [page, snippetsOf(page, read(page))]))
  const snippets = [...byPage.values()].flat()
  let compiled: Awaited<ReturnType<typeof compileSnippets>>
  beforeAll(async () => {
    compiled = await compileSnippets('snippets', snippets)
  })

  const ofPage = new Map<string, Promise<readonly RanSnippet[]>>()
  const ranSnippet = async (page: string, at: number): Promise<RanSnippet | undefined> => {
    const modules = (byPage.get(page) ?? []).map(({ name }) => compiled.moduleOf(name))
    const ran = ofPage.get(page) ?? runSnippets(modules)
    ofPage.set(page, ran)
    return (await ran)[at]
  }

  test('compile', () => {
    expect(snippets.length).toBeGreaterThan(25)
    expect(compiled.ran).toEqual({ code: 0, output: '' })
  })

  test.each([...byPage].flatMap(([page, own]) => own.map(({ name }, at) => ({ name, page, at }))))(
    '$name runs against the sandbox',
    async ({ page, at }) => {
      const ran = await ranSnippet(page, at)
      expect(ran?.failure).toBe('')
      expect(ran?.output).not.toContain('Error:')
    },
  )
})
