import { problemOf, run } from './command.mjs'

export const VERSIONS = ['5.4', '5.5', '5.6', '5.7', '5.8', '5.9', '6.0', '7.0']
const RESOLUTIONS = {
  nodenext: ['--module', 'nodenext'],
  bundler: ['--module', 'esnext', '--moduleResolution', 'bundler'],
}
const COMMON = ['--noEmit', '--strict', '--target', 'es2022', '--exactOptionalPropertyTypes']
/** From here on a CommonJS file may import an ES module under nodenext. */
const REQUIRES_ESM = 5.8

/**
 * test/types/consumer.ts holds a @ts-expect-error for each thing that must not compile, so that a
 * type that silently became `any` fails.
 */
export function typescriptCases({ own, app }) {
  const compile = (version, options) =>
    run('node', [`${own}/node_modules/typescript${version}/bin/tsc`, ...COMMON, ...options], app)
  const libs = {
    'lib DOM': ['--lib', 'es2022,dom'],
    'no lib DOM': [
      '--lib',
      'es2022',
      ...['--types', 'node', '--typeRoots', `${own}/node_modules/@types`],
    ],
  }
  return VERSIONS.flatMap((version) => [
    ...Object.entries(RESOLUTIONS).flatMap(([resolution, module]) =>
      Object.entries(libs).flatMap(([lib, options]) =>
        [true, false].map((skips) => ({
          group: `TypeScript ${version}`,
          title: `TypeScript ${version}, ${resolution}, ${lib}, ${skips ? 'skipLibCheck' : 'library checked'}`,
          check: async () =>
            problemOf(
              await compile(version, [
                ...module,
                ...options,
                ...(skips ? ['--skipLibCheck'] : []),
                'consumer.ts',
              ]),
              '',
            ),
        })),
      ),
    ),
    {
      group: `TypeScript ${version}`,
      title: `TypeScript ${version}, nodenext, no ambient types but its own short list`,
      check: async () =>
        problemOf(
          await compile(version, ['--module', 'nodenext', '--lib', 'es2022', 'ambient-only.ts']),
          '',
        ),
    },
    ...(Number(version) < REQUIRES_ESM
      ? []
      : [
          {
            group: `TypeScript ${version}`,
            title: `TypeScript ${version}, nodenext, from CommonJS`,
            check: async () =>
              problemOf(
                await compile(version, [
                  ...['--module', 'nodenext', '--lib', 'es2022,dom', '--skipLibCheck'],
                  'commonjs.cts',
                ]),
                '',
              ),
          },
        ]),
  ])
}
