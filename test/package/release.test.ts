/** What `npm run release:check` is made of: it finds what is wrong, and nothing is but what a release changes. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { licenceProblems } from '../../tools/release/licences.mjs'
import {
  placeholderProblems,
  tarballProblems,
  versionProblems,
} from '../../tools/release/manifest.mjs'
import { makeSbom, sbomProblems } from '../../tools/release/sbom.mjs'
import { workflowProblems } from '../../tools/release/workflows.mjs'
import { root } from '../support/run.ts'

const read = (file: string): string => readFileSync(`${root}/${file}`, 'utf8')

interface Entry {
  version?: string
  license?: string
  integrity?: string
  dev?: boolean
}
interface Lock {
  version: string
  packages: Record<string, Entry>
}
const manifest = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
const lock = JSON.parse(read('package-lock.json')) as Lock
const changed = (path: string, entry: Entry): Lock => ({
  ...lock,
  packages: { ...lock.packages, [path]: { ...lock.packages[path], ...entry } },
})

describe('licences', () => {
  test('L8: are all on the list, those of the tools included', () => {
    expect(licenceProblems(lock)).toEqual([])
  })

  test.each([
    ['GPL-3.0-only', false],
    ['MPL-2.0', false],
    ['MIT AND GPL-2.0', true],
    [undefined, true],
  ])('L8: %s is refused (tool: %s)', (license, dev) => {
    const entry = { version: '1.0.0', dev, ...(license === undefined ? {} : { license }) }
    const bad = { ...lock, packages: { ...lock.packages, 'node_modules/bad': entry } }
    expect(licenceProblems(bad)).toEqual([
      `node_modules/bad: ${license ?? 'no licence'} is not allowed`,
    ])
  })

  test('one of several choices is enough', () => {
    expect(licenceProblems(changed('node_modules/ky', { license: '(MIT OR GPL-2.0)' }))).toEqual([])
  })
})

describe('the SBOM', () => {
  const sbom = makeSbom(root)

  test('L8: holds exactly the packages that users install, with their sums and licences', () => {
    expect(sbomProblems(sbom, lock)).toEqual([])
    expect(sbom).toMatchObject({
      bomFormat: 'CycloneDX',
      metadata: { component: { name: 'carequality-fhir' } },
    })
  })

  test.each([
    ['another version', { version: '0.0.1' }],
    ['another sum', { integrity: 'sha512-AAAA' }],
    ['another licence', { license: 'ISC' }],
  ])('L8: that differs from the lock file by %s is refused, both sides named', (_what, entry) => {
    const problems = sbomProblems(sbom, changed('node_modules/jose', entry))
    expect(problems).toHaveLength(2)
    expect(problems[0]).toContain('only in the lock file: jose@')
    expect(problems[1]).toContain('only in the SBOM: jose@')
  })

  test('L8: that lacks a package is refused', () => {
    const locked = changed('node_modules/new', { version: '1.0.0', license: 'MIT' })
    expect(sbomProblems(sbom, locked)).toEqual([expect.stringContaining('new@1.0.0')])
  })
})

describe('the workflows', () => {
  const folder = '.github/workflows'
  const files = new Map(
    readdirSync(`${root}/${folder}`).map((file) => [file, read(`${folder}/${file}`)]),
  )

  test('L8: pin every action to a commit, run only scripts that exist, and limit their permissions', () => {
    expect([...files.keys()].sort()).toEqual(
      ['release.yml', 'runtimes.yml', 'site.yml', 'test.yml'].sort(),
    )
    // The site is made in another branch; a release is refused until its script is here.
    const scripts = { 'docs:site': 'expected', ...manifest.scripts }
    expect(workflowProblems(files, scripts)).toEqual([])
  })

  test.each([
    ['- uses: actions/checkout@v6', 'actions/checkout@v6 is not pinned'],
    [`- uses: a/b@${'0'.repeat(40)}`, 'is not pinned'],
    [`- uses: a/b@${'0'.repeat(39)} # v1.0.0`, 'is not pinned'],
    ['- run: npm run tset', 'there is no script "tset"'],
    ['- run: npm start', 'there is no script "start"'],
  ])('L8: %s is refused', (line, problem) => {
    const bad = new Map([['bad.yml', `permissions: {}\n${line}\n`]])
    expect(workflowProblems(bad, manifest.scripts)).toEqual([expect.stringContaining(problem)])
  })

  test('L8: one without permissions of its own is refused', () => {
    expect(workflowProblems(new Map([['bad.yml', 'on: push\n']]), {})).toHaveLength(1)
  })

  test('the forms for bugs and responders ask for the output of the doctor', () => {
    for (const form of ['bug', 'responder'])
      expect(read(`.github/ISSUE_TEMPLATE/${form}.yml`)).toContain('npx carequality-fhir doctor')
  })
})

describe('package.json', () => {
  const url = 'https://github.com/someone/carequality-fhir'
  const set = { repository: { url: `git+${url}.git` }, bugs: { url }, homepage: url }

  test('is refused while repository, bugs and homepage are placeholders or missing', () => {
    expect(placeholderProblems(set)).toEqual([])
    expect(placeholderProblems({})).toHaveLength(3)
    const invalid = { ...set, homepage: 'https://repository.invalid/carequality-fhir' }
    expect(placeholderProblems(invalid)).toEqual([expect.stringContaining('"homepage"')])
  })
})

describe('the version', () => {
  const good = {
    manifest: { version: '1.2.3' },
    lock: { version: '1.2.3', packages: { '': { version: '1.2.3' } } },
    source: "export const VERSION = '1.2.3'",
    changelog: '# Changelog\n\n## [Unreleased]\n\n## [1.2.3] - 2026-11-29\n\n### Added\n\n- x\n',
    tag: 'v1.2.3',
  }

  test('is one, with a dated section and nothing left under Unreleased', () => {
    expect(versionProblems(good)).toEqual([])
    expect(versionProblems({ ...good, tag: undefined })).toEqual([])
  })

  test.each([
    ['the lock file', { lock: { version: '1.2.2', packages: { '': { version: '1.2.3' } } } }],
    ['src/version.ts', { source: "export const VERSION = '1.2.2'" }],
    ['no section', { changelog: '## [Unreleased]\n\n## [1.2.2] - 2026-11-29\n' }],
    ['no date', { changelog: '## [1.2.3]\n' }],
    ['something unreleased', { changelog: good.changelog.replace('d]\n', 'd]\n\n- y\n') }],
    ['the tag', { tag: 'v1.2.4' }],
  ])('is refused for %s', (_what, wrong) => {
    expect(versionProblems({ ...good, ...wrong })).toHaveLength(1)
  })
})

describe('the tarball', () => {
  const files = ['dist/index.js', 'dist/a/b.d.ts', 'docs/a.md', 'README.md', 'package.json']

  test('holds what the README links to, and nothing that nobody needs', () => {
    expect(tarballProblems(files, '[a](docs/a.md#x) [b](docs) [c](https://x.example)')).toEqual([])
    expect(tarballProblems(files, '[b](docs/b.md)')).toEqual([
      'README.md links to docs/b.md, which is not in the tarball',
    ])
    for (const file of ['src/index.ts', '.env', 'dist/index.js.map', 'docs/x.ts', 'key.pem'])
      expect(tarballProblems([...files, file], '')).toHaveLength(1)
  })
})
