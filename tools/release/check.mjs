// `npm run release:check`: all that must hold before `npm publish`. Prints one line for each part;
// changes nothing. The release workflow runs it, and so may anyone.
import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { licenceProblems } from './licences.mjs'
import { placeholderProblems, tarballProblems, versionProblems } from './manifest.mjs'
import { makeSbom, sbomProblems } from './sbom.mjs'
import { workflowProblems } from './workflows.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (file) => readFileSync(root + file, 'utf8')
const json = (file) => JSON.parse(read(file))
const manifest = json('package.json')
const lock = json('package-lock.json')

const parts = {
  'repository, bugs, homepage': () => placeholderProblems(manifest),
  'version and changelog': () =>
    versionProblems({
      ...{ manifest, lock, source: read('src/version.ts'), changelog: read('CHANGELOG.md') },
      tag: process.env.GITHUB_REF_TYPE === 'tag' ? process.env.GITHUB_REF_NAME : undefined,
    }),
  licences: () => licenceProblems(lock),
  'SBOM against the lock file': () => sbomProblems(makeSbom(root), lock),
  tarball: () => tarballProblems(packed(), read('README.md')),
  workflows: () => workflowProblems(workflows(), manifest.scripts),
  'public API': () => {
    const { status, stderr } = spawnSync('node', ['tools/write-api.mjs', '--check'], { cwd: root })
    return status === 0 ? [] : [stderr.toString().trim()]
  },
}

let failed = 0
for (const [name, check] of Object.entries(parts)) {
  const problems = check()
  failed += problems.length
  console.info(`${problems.length === 0 ? 'ok  ' : 'FAIL'} ${name}`)
  for (const problem of problems) console.info(`     ${problem}`)
}
process.exitCode = failed === 0 ? 0 : 1

function packed() {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts']
  const output = execFileSync('npm', args, { cwd: root, encoding: 'utf8', stdio: 'pipe' })
  const [{ files }] = JSON.parse(output.slice(output.indexOf('[')))
  return files.map(({ path }) => path)
}

function workflows() {
  const folder = '.github/workflows/'
  return new Map(readdirSync(root + folder).map((file) => [file, read(folder + file)]))
}
