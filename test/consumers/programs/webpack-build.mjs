// webpack by its API, because its command line is a package of its own.
const [webpackAt, target, program, out] = process.argv.slice(2)
const { default: webpack } = await import(webpackAt)
const compiler = webpack({
  mode: 'production',
  target: target === 'web' ? ['web', 'es2022'] : 'node20',
  entry: `./${program}-run.mjs`,
  experiments: { outputModule: true },
  performance: { hints: false },
  output: {
    path: `${process.cwd()}/${out}`,
    filename: 'main.mjs',
    chunkFilename: '[id].mjs',
    chunkFormat: 'module',
    library: { type: 'module' },
    publicPath: 'auto',
  },
})
compiler.run((error, stats) => {
  if (error) throw error
  const { errors = [], warnings = [] } = stats.toJson()
  for (const { message } of [...errors, ...warnings]) console.error(message)
  process.exitCode = errors.length + warnings.length > 0 ? 1 : 0
})
