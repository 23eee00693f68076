import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

/** Measures the process, or registers the tests of other files: each has a process of its own. */
const alone = [
  'test/unit/http/pieces.test.ts',
  'test/unit/http/retry-after-pauses.test.ts',
  'test/unit/node/tls-sessions.test.ts',
  'test/unit/node/transport-contract.test.ts',
]

export default defineConfig({
  // In place of package.json's "imports", which name the build.
  resolve: {
    alias: { '#default-transport': `${import.meta.dirname}/src/node/default-transport.ts` },
  },
  test: {
    exclude: ['**/node_modules/**'],
    // One more than processors: some files wait for other processes most of their time.
    maxWorkers: availableParallelism() + 1,
    // Where something hangs, not how fast it is: the machine may be busy with other things.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    reporters: ['default', './test/support/summary-reporter.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'shared',
          include: ['test/{unit,conformance,regression}/**/*.test.ts'],
          exclude: ['**/node_modules/**', ...alone],
          // To start a process and to load the library takes longer than most of these files.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'alone',
          include: ['test/{adversarial,package,interop}/**/*.test.ts', ...alone],
        },
      },
    ],
  },
})
