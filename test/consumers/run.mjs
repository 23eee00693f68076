// `npm run test:consumers`: the packed library in an empty project, under the compilers, bundlers, test
// runners and package managers of test/consumers/package.json. `--only=TEXT` chooses by title;
// `--no-write` leaves results.json and docs/support.md as they are.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from './command.mjs'
import { managerCases } from './managers.mjs'
import { toolCases } from './tools.mjs'
import { typescriptCases } from './typescript.mjs'
import { writeTables } from './tables.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')
const own = `${root}/test/consumers`
const args = process.argv.slice(2)
const only = args.find((arg) => arg.startsWith('--only='))?.slice('--only='.length)

if (changedAt(`${own}/node_modules/.package-lock.json`) <= changedAt(`${own}/package-lock.json`)) {
  // Not `ci`: npm 11 leaves optional packages of other platforms out of lock files, and then rejects them.
  const npm = [
    'install',
    '--no-save',
    '--prefix',
    own,
    '--no-audit',
    '--no-fund',
    '--ignore-scripts',
  ]
  if (spawnSync('npm', npm, { stdio: 'inherit' }).status !== 0) process.exit(1)
}

const folder = mkdtempSync(join(tmpdir(), 'consumers-'))
try {
  const tarball = await pack()
  const app = join(folder, 'app')
  mkdirSync(app)
  cpSync(`${own}/programs`, app, { recursive: true })
  for (const name of ['consumer.ts', 'ambient-only.ts'])
    cpSync(`${root}/test/types/${name}`, join(app, name))
  writeFileSync(join(app, 'package.json'), '{"name":"app","private":true,"type":"module"}')
  const npm = ['install', '--no-audit', '--no-fund', '--prefer-offline', tarball]
  const installed = await run('npm', npm, app)
  if (installed.code !== 0) throw new Error(installed.output)

  const all = [
    ...typescriptCases({ own, app }),
    ...toolCases({ own, app }),
    ...managerCases({ own, folder, tarball }),
  ]
  const cases = all.filter(({ title }) => only === undefined || title.includes(only))
  const results = []
  const waiting = [...cases]
  // Two at a time: each is a process of its own, and some need a gigabyte.
  await Promise.all(
    [1, 2].map(async () => {
      for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
        const { group, title } = one
        const problem = await one.check()
        console.info(`${problem === undefined ? 'ok  ' : 'FAIL'} ${title}`)
        if (problem !== undefined) console.info(problem.replace(/^/gm, '     '))
        results.push({ group, title, ok: problem === undefined })
      }
    }),
  )
  const failed = results.filter(({ ok }) => !ok)
  console.info(`${results.length - failed.length} passed, ${failed.length} failed`)
  const titles = all.map(({ title }) => title)
  if (!args.includes('--no-write')) writeTables(root, results, titles)
  process.exitCode = failed.length === 0 && results.length > 0 ? 0 : 1
} finally {
  rmSync(folder, { recursive: true })
}

async function pack() {
  const packed = await run(
    'npm',
    ['pack', '--ignore-scripts', '--json', '--pack-destination', folder],
    root,
  )
  if (packed.code !== 0) throw new Error(packed.output)
  const [{ filename }] = JSON.parse(packed.output.slice(packed.output.indexOf('[')))
  return join(folder, filename)
}

function changedAt(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
}
