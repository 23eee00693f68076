import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tarballProblems } from '../../tools/release/manifest.mjs'
import { bin, root, run } from '../support/run.ts'

const MINUTES = 600_000
let folder: string
let tarball: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carequality-fhir-'))
  // Built by the test command already; `prepack` would build again under the other tests' feet.
  const packed = await run('npm', [
    'pack',
    '--ignore-scripts',
    '--json',
    '--pack-destination',
    folder,
  ])
  const [{ filename }] = JSON.parse(packed.output.slice(packed.output.indexOf('['))) as [
    { filename: string },
  ]
  tarball = join(folder, filename)
}, MINUTES)

afterAll(() => rm(folder, { recursive: true }))

test('L8: the tarball holds the build, the licence and the pages that the readme leads to, and nothing else', async () => {
  const { output } = await run('tar', ['-tzf', tarball])
  const files = output
    .trim()
    .split('\n')
    .map((file) => file.replace(/^package\//, ''))
  expect(files).toContain('LICENSE')
  expect(tarballProblems(files, await readFile(`${root}/README.md`, 'utf8'))).toEqual([])
})

test('publint has no complaint', async () => {
  expect(await run(bin('publint'), [tarball, '--strict'])).toMatchObject({ code: 0 })
})

test(
  'attw has no complaint under the esm-only profile',
  async () => {
    expect(await run(bin('attw'), [tarball, '--profile', 'esm-only'])).toMatchObject({ code: 0 })
  },
  MINUTES,
)

describe('installed in an empty project', () => {
  beforeAll(async () => {
    await writeFile(
      join(folder, 'package.json'),
      JSON.stringify({ name: 'consumer', private: true, type: 'module' }),
    )
    const installed = await run(
      'npm',
      ['install', '--no-audit', '--no-fund', '--prefer-offline', tarball],
      folder,
    )
    expect(installed.output).toContain('added')
    await writeFile(join(folder, 'program.ts'), await readFile(`${root}/test/types/consumer.ts`))
  }, MINUTES)

  const compile = (options: readonly string[]): ReturnType<typeof run> =>
    run(
      bin('tsc'),
      [
        '--noEmit',
        '--strict',
        '--target',
        'es2022',
        '--exactOptionalPropertyTypes',
        ...options,
        'program.ts',
      ],
      folder,
    )
  const nodeTypes = ['--types', 'node', '--typeRoots', `${root}/node_modules/@types`]

  test.each([
    [
      'nodenext, lib DOM, skipLibCheck',
      ['--module', 'nodenext', '--lib', 'es2022,dom', '--skipLibCheck'],
    ],
    [
      'nodenext, no lib DOM, node types, skipLibCheck',
      ['--module', 'nodenext', '--lib', 'es2022', '--skipLibCheck', ...nodeTypes],
    ],
    ['nodenext, lib DOM, library checked', ['--module', 'nodenext', '--lib', 'es2022,dom']],
    [
      'bundler, lib DOM, skipLibCheck',
      [
        '--module',
        'esnext',
        '--moduleResolution',
        'bundler',
        '--lib',
        'es2022,dom',
        '--skipLibCheck',
      ],
    ],
  ])(
    'its types are real: %s',
    async (_how, options) => {
      // The program holds a @ts-expect-error for each property that must not exist: a silent `any` fails it.
      expect(await compile(options)).toEqual({ code: 0, output: '' })
    },
    MINUTES,
  )

  test(
    'the declarations name no ambient type but AbortSignal, Headers, Request, Response, URL, crypto and TextEncoder',
    async () => {
      await writeFile(
        join(folder, 'ambient.ts'),
        await readFile(`${root}/test/types/ambient-only.ts`),
      )
      const options = [
        '--noEmit',
        '--strict',
        '--target',
        'es2022',
        '--module',
        'nodenext',
        '--lib',
        'es2022',
      ]
      expect(await run(bin('tsc'), [...options, 'ambient.ts'], folder)).toEqual({
        code: 0,
        output: '',
      })
    },
    MINUTES,
  )

  test('it runs', async () => {
    const script = `
      import { CarequalityClient } from 'carequality-fhir'
      import { createSandbox } from 'carequality-fhir/testing'
      const { options } = await createSandbox()
      const responder = await new CarequalityClient({ ...options }).organization('2.16.840.1.113883.3.13.1')
      console.log((await responder.patients.read('1316024')).id)`
    await writeFile(join(folder, 'program.mjs'), script)
    expect(await run('node', ['program.mjs'], folder)).toEqual({ code: 0, output: '1316024\n' })
  })

  test('L8: it brings nine packages, none with an install script', async () => {
    const lock = JSON.parse(await readFile(join(folder, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { hasInstallScript?: boolean }>
    }
    const names = Object.keys(lock.packages).filter(
      (name) => name !== '' && !name.endsWith('carequality-fhir'),
    )
    expect(names.sort()).toEqual(
      [
        '@types/fhir',
        'jose',
        'ky',
        'saxes',
        'tldts',
        'tldts-core',
        'undici',
        'xmlchars',
        'zod',
      ].map((name) => `node_modules/${name}`),
    )
    expect(
      Object.values(lock.packages).some(({ hasInstallScript }) => hasInstallScript === true),
    ).toBe(false)
  })
})
