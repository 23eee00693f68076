// Bundles the suite with what it takes from `src` and `test`, because Node 20 and workerd read no
// TypeScript, and starts the runner. `--quick` runs a sample on the Node that is here; `--only=ID,ID`
// chooses; `--no-write` leaves results.json and the pages as they are.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')
const own = `${root}/test/runtimes`
const out = `${root}/.tmp/runtimes`
const args = process.argv.slice(2)
const isQuick = args.includes('--quick')

if (!existsSync(`${root}/dist/index.js`)) fail('build first: npm run build')
if (
  !isQuick &&
  changedAt(`${own}/node_modules/.package-lock.json`) <= changedAt(`${own}/package-lock.json`)
) {
  const npm = ['ci', '--prefix', own, '--no-audit', '--no-fund', '--ignore-scripts']
  if (spawnSync('npm', npm, { stdio: 'inherit' }).status !== 0)
    fail('the runtimes could not be installed')
}

mkdirSync(out, { recursive: true })
await bundle([`${own}/main.ts`, `${own}/process-entry.ts`], { platform: 'node' })
if (!isQuick) {
  for (const [name, condition, text] of [
    [
      'worker',
      'workerd',
      'export default { fetch: (request) => suite.inWorker(modules, request) }',
    ],
    [
      'page',
      'browser',
      `export const inPage = (control) => suite.inPage(modules, control)
export const crossOrigin = (control) => suite.crossOrigin(modules, control)`,
    ],
  ]) {
    const entry = `${out}/${name}-entry.mjs`
    writeFileSync(
      entry,
      `import * as library from '${root}/dist/index.js'
import * as fhir from '${root}/dist/fhir/index.js'
import * as testing from '${root}/dist/testing/index.js'
import * as udap from '${root}/dist/udap/index.js'
import * as suite from '${own}/web-entry.ts'
const modules = { library, fhir, testing, udap }
${text}
`,
    )
    await bundle({ [name]: entry }, { platform: 'browser', conditions: [condition] })
  }
}
const { status } = spawnSync(process.execPath, [`${out}/main.js`, root, out, ...args], {
  stdio: 'inherit',
})
process.exit(status ?? 1)

async function bundle(input, { platform, conditions }) {
  const isWeb = conditions !== undefined
  const made = await rolldown({
    input,
    platform,
    logLevel: 'silent',
    external: isWeb ? /^node:/ : /^(node:|[^./])/,
    resolve: {
      ...(isWeb
        ? { conditionNames: [...conditions, 'import', 'default'] }
        : { alias: { '#default-transport': `${root}/src/node/default-transport.ts` } }),
    },
  })
  await made.write({ dir: out, format: 'esm', ...(isWeb ? { codeSplitting: false } : {}) })
  await made.close()
}

function changedAt(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

function fail(why) {
  console.error(why)
  process.exit(1)
}
