import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/{unit,conformance,regression,adversarial,package,interop}/**/*.test.ts'],
    exclude: ['**/node_modules/**'],
    testTimeout: 20_000,
    reporters: ['default', './test/support/summary-reporter.ts'],
  },
})
