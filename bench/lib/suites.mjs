/** All that is measured, in the order of docs/performance-tables.md. */
export const SUITES = [
  'reads',
  'pages',
  'tokens',
  'signing',
  'directory',
  'discovery',
  'fan-out',
  'discover',
  'tls',
  'import',
]
