import regexp from 'eslint-plugin-regexp'
import tseslint from 'typescript-eslint'

const web = [
  'process',
  'Buffer',
  'global',
  'setImmediate',
  'clearImmediate',
  'require',
  '__dirname',
  'console',
]

export default tseslint.config(
  {
    ignores: [
      'api',
      'build',
      'dist',
      'examples',
      'node_modules',
      'site',
      '.tmp',
      'test/programs',
      'test/types',
      'vitest.config.ts',
    ],
  },
  {
    files: ['src/**/*.ts', 'test/**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.json' } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    plugins: { regexp },
    rules: {
      // A short text from a server must not keep the process busy.
      'regexp/no-super-linear-backtracking': ['error', { report: 'certain' }],
      'regexp/no-super-linear-move': ['error', { report: 'certain' }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // Overloads that differ in an @internal parameter are how a constructor takes shared parts.
      '@typescript-eslint/unified-signatures': 'off',
      eqeqeq: 'error',
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' },
      ],
    },
  },
  {
    files: ['src/**/*.ts'],
    linterOptions: { noInlineConfig: true },
    rules: {
      'no-restricted-globals': ['error', ...web],
      'no-restricted-properties': [
        'error',
        {
          property: 'normalize',
          message: 'Quadratic: use src/lib/normalize.ts, which is bounded.',
        },
      ],
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' },
        {
          selector: 'ObjectExpression > Property[kind=/^[gs]et$/]',
          message: 'V8 keeps such an object as a hash table: use a class (decision 18).',
        },
      ],
    },
  },
  { files: ['src/lib/normalize.ts'], rules: { 'no-restricted-properties': 'off' } },
  // vitest loads a reporter by its default export, and undici's files have nothing else.
  {
    files: ['test/support/summary-reporter.ts', 'src/node/undici-files.d.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
)
