import { defineConfig } from 'vitest/config'

export default defineConfig({
  // In place of package.json's "imports", which name the build.
  resolve: {
    alias: { '#default-transport': `${import.meta.dirname}/src/node/default-transport.ts` },
  },
  test: {
    include: ['test/{unit,conformance,regression,adversarial,package,interop}/**/*.test.ts'],
    exclude: ['**/node_modules/**'],
    // Where something hangs, not how fast it is: the machine may be busy with other things.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    reporters: ['default', './test/support/summary-reporter.ts'],
  },
})
