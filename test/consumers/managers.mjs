import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { problemOf, run } from './command.mjs'

const WANTED = '1946-04-05 ERR_CQ_NOT_FOUND'

/** Package managers that lay packages out differently: what is not declared is not found there. */
export function managerCases({ own, folder, tarball }) {
  const bin = (path) => `${own}/node_modules/${path}`
  const install = (group, prepare) => ({
    group,
    title: group,
    check: async () => {
      const at = join(folder, group.replace(/\W+/g, '-'))
      mkdirSync(at)
      cpSync(`${own}/programs/sandbox.mjs`, join(at, 'sandbox.mjs'))
      writeFileSync(
        join(at, 'run.mjs'),
        "import { main } from './sandbox.mjs'\nconsole.log(await main())\n",
      )
      writeFileSync(join(at, 'package.json'), '{"name":"app","private":true,"type":"module"}')
      const registry = (await run('npm', ['config', 'get', 'registry'], at)).output.trim()
      const { add, start = [] } = prepare(at, registry)
      for (const [file, args, env] of add) {
        const problem = problemOf(await run('node', [file, ...args], at, env))
        if (problem !== undefined) return problem
      }
      return problemOf(await run('node', [...start, 'run.mjs'], at), WANTED)
    },
  })
  return [
    install('pnpm 12', (at) => ({
      add: [[bin('pnpm/bin/pnpm.mjs'), ['add', tarball, '--store-dir', join(at, 'store')], {}]],
    })),
    install('Yarn 1', (at) => ({
      add: [
        [
          bin('yarn/bin/yarn.js'),
          ['add', `file:${tarball}`, '--no-lockfile', '--cache-folder', join(at, 'cache')],
          {},
        ],
      ],
    })),
    install('Yarn 4, Plug’n’Play', (at, registry) => {
      writeFileSync(join(at, 'yarn.lock'), '')
      const env = {
        YARN_NPM_REGISTRY_SERVER: registry.replace(/\/$/, ''),
        YARN_GLOBAL_FOLDER: join(at, 'global'),
        YARN_ENABLE_TELEMETRY: '0',
        // CI would make the lock file immutable.
        YARN_ENABLE_IMMUTABLE_INSTALLS: 'false',
      }
      return {
        add: [
          [bin('@yarnpkg/cli-dist/bin/yarn.js'), ['add', `carequality-fhir@file:${tarball}`], env],
        ],
        // Its own `node` brings the loader that knows where packages are.
        start: [bin('@yarnpkg/cli-dist/bin/yarn.js'), 'node'],
      }
    }),
  ]
}
