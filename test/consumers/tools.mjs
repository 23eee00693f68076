import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { problemOf, run } from './command.mjs'

const WANTED = '1946-04-05 ERR_CQ_NOT_FOUND'
const PROGRAMS = ['main', 'sandbox']

/** Node itself, test runners and bundlers; what is bundled is run as well, also where it is meant for browsers. */
export function toolCases({ own, app }) {
  const node = (args, env) => run('node', args, app, env)
  const bin = (path) => `${own}/node_modules/${path}`
  const programs = (group, check) =>
    PROGRAMS.map((program) => ({
      group,
      title: `${group}, ${program}`,
      check: () => check(program),
    }))
  for (const program of PROGRAMS) {
    writeFileSync(
      join(app, `${program}-run.mjs`),
      `import { main } from './${program}.mjs'\nconsole.log(await main())\n`,
    )
    writeFileSync(
      join(app, `${program}.spec.mjs`),
      `import { main } from './${program}.mjs'\ntest('${program}', async () => { expect(await main()).toBe('${WANTED}') })\n`,
    )
  }

  return [
    ...programs('Node, import', async (program) =>
      problemOf(await node([`${program}-run.mjs`]), WANTED),
    ),
    {
      group: 'Node, require()',
      title: 'Node, require()',
      check: async () => problemOf(await node(['--no-warnings', 'commonjs.cjs']), WANTED),
    },
    ...programs('jest 30', async (program) =>
      problemOf(
        await node([
          ...['--experimental-vm-modules', '--no-warnings', bin('jest/bin/jest.js')],
          ...[
            '--rootDir',
            app,
            '--testTimeout=60000',
            '--testMatch',
            `**/${program}.spec.mjs`,
            '--ci',
          ],
          ...['--moduleFileExtensions', 'mjs', 'js', 'json', '--transform', '{}'],
        ]),
      ),
    ),
    ...programs('vitest 4', async (program) =>
      problemOf(
        await node([
          ...[bin('vitest/vitest.mjs'), 'run', '--root', app, '--globals', '--testTimeout=60000'],
          `${program}.spec.mjs`,
        ]),
      ),
    ),
    ...['node', 'browser'].flatMap((platform) =>
      programs(`esbuild, ${platform}`, async (program) => {
        const file = `out/esbuild-${platform}-${program}.mjs`
        return (
          problemOf(
            await run(
              bin('esbuild/bin/esbuild'),
              [
                ...[`${program}-run.mjs`, '--bundle', '--format=esm', `--platform=${platform}`],
                ...[`--outfile=${file}`, '--log-level=warning'],
              ],
              app,
            ),
          ) ??
          withoutUndici(platform, [join(app, file)]) ??
          problemOf(await node([file]), WANTED)
        )
      }),
    ),
    ...programs('vite, browser', async (program) => {
      const at = join(app, `vite-${program}`)
      mkdirSync(at)
      writeFileSync(
        join(at, 'index.html'),
        `<!doctype html><script type="module" src="../${program}-run.mjs"></script>`,
      )
      const built = problemOf(
        await node([
          bin('vite/bin/vite.js'),
          'build',
          at,
          '--target',
          'esnext',
          '--logLevel',
          'warn',
        ]),
      )
      if (built !== undefined) return built
      const assets = join(at, 'dist/assets')
      const files = readdirSync(assets).map((file) => join(assets, file))
      const entry = files.find((file) => readFileSync(file, 'utf8').includes('console.log'))
      return (
        withoutUndici('browser', files) ??
        problemOf(await node(['--import', './page-globals.mjs', entry ?? '']), WANTED)
      )
    }),
    ...['node', 'web'].flatMap((target) =>
      programs(`webpack 5, ${target}`, async (program) => {
        const out = `webpack-${target}-${program}`
        const built = problemOf(
          await node(['webpack-build.mjs', bin('webpack/lib/index.js'), target, program, out]),
        )
        if (built !== undefined) return built
        const at = join(app, out)
        return (
          withoutUndici(
            target,
            readdirSync(at).map((file) => join(at, file)),
          ) ?? problemOf(await node([`${out}/main.mjs`]), WANTED)
        )
      }),
    ),
  ]
}

/** A bundle for browsers has nothing of Node's transport. */
function withoutUndici(platform, files) {
  if (platform === 'node') return undefined
  const holds = files.some((file) => readFileSync(file, 'utf8').includes('EnvHttpProxyAgent'))
  return holds ? 'the bundle for browsers holds undici' : undefined
}
