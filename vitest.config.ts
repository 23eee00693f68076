import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/{unit,conformance,regression,adversarial,package,interop}/**/*.test.ts'],
    exclude: ['**/node_modules/**'],
    // Where something hangs, not how fast it is: the machine may be busy with other things.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default', './test/support/summary-reporter.ts'],
  },
})
