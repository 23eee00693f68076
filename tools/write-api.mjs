// Writes api/: every public declaration as the compiler emits it, one file for each entry point, without
// comments. `--check` compares instead. Needs dist/.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = `${root}dist/`
const at = process.argv.indexOf('--to')
const target = at < 0 ? `${root}api/` : `${process.argv[at + 1]}/`

const { name, exports } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'))
const entries = Object.entries(exports)
  .filter(([, { types }]) => types !== undefined)
  .map(([path, { types }]) => ({ path: path.slice(2), file: root + types.slice(2) }))
const program = ts.createProgram(
  entries.map(({ file }) => file),
  { module: ts.ModuleKind.NodeNext, types: [], noLib: true, skipLibCheck: true },
)
const checker = program.getTypeChecker()
const printer = ts.createPrinter({ removeComments: true })
/** Symbols that have been written, with the entry point that exports them; '' for what none does. */
const written = new Map()

const files = new Map(
  entries.map(({ path, file }) => [`${path === '' ? 'index' : path}.d.ts`, textOf(path, file)]),
)
if (process.argv.includes('--check')) check()
else {
  rmSync(target, { recursive: true, force: true })
  mkdirSync(target, { recursive: true })
  for (const [file, text] of files) writeFileSync(target + file, text)
}

function textOf(path, file) {
  const module = checker.getSymbolAtLocation(program.getSourceFile(file))
  const specifier = path === '' ? name : `${name}/${path}`
  const exported = checker
    .getExportsOfModule(module)
    .map((symbol) => [symbol.name, original(symbol)])
    .sort(([a], [b]) => (a < b ? -1 : 1))
  const own = []
  const reached = new Map()
  const again = new Map()
  for (const [, symbol] of exported) if (!written.get(symbol)) reached.set(symbol, true)
  for (const [as, symbol] of exported) {
    const elsewhere = written.get(symbol)
    if (elsewhere) again.set(elsewhere, [...(again.get(elsewhere) ?? []), as])
    else {
      written.set(symbol, specifier)
      own.push(declarationOf(symbol, as, reached))
    }
  }
  const others = []
  // A Map hands out what is added while it is walked.
  for (const [symbol, isExported] of reached) {
    if (isExported === true || written.has(symbol)) continue
    written.set(symbol, '')
    others.push([symbol.name, declarationOf(symbol, symbol.name, reached)])
  }
  const parts = [
    `// ${specifier}: its public declarations. Written by \`npm run api\`.`,
    ...[...again].map(([from, names]) => `export { ${names.join(', ')} } from '${from}'`),
    ...own,
    ...(others.length === 0 ? [] : ['// Used by these, without a name to import.']),
    ...others.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text),
  ]
  return `${parts.join('\n\n')}\n`
}

/** All declarations of a symbol; adds what they name to `reached`. */
function declarationOf(symbol, as, reached) {
  const texts = symbol.declarations.map((declaration) => {
    const node = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration
    collect(node, reached)
    // Sentences for people are no part of the API.
    return printer
      .printNode(ts.EmitHint.Unspecified, node, node.getSourceFile())
      .replace(/"[^"\n]*\."/g, 'string')
  })
  return [...(as === symbol.name ? [] : [`// exported as ${as}`]), ...texts].join('\n')
}

function collect(node, reached) {
  if (ts.isIdentifier(node)) {
    const found = checker.getSymbolAtLocation(node)
    const symbol = found && original(found)
    const isOurs = symbol?.declarations?.some(
      (one) => one.getSourceFile().fileName.startsWith(dist) && isTopLevel(one),
    )
    if (isOurs && !reached.has(symbol)) reached.set(symbol, false)
  }
  ts.forEachChild(node, (child) => collect(child, reached))
}

function isTopLevel(declaration) {
  const node = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration
  return ts.isSourceFile(node.parent)
}

function original(symbol) {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
}

function check() {
  const there = new Set(readdirSync(target))
  const changed = [...files].flatMap(([file, text]) => {
    const isThere = there.delete(file)
    if (!isThere) return [`api/${file} is missing`]
    const lines = new Set(readFileSync(target + file, 'utf8').split('\n'))
    const now = text.split('\n')
    const added = now.filter((line) => !lines.has(line)).map((line) => `+ ${line}`)
    const removed = [...lines].filter((line) => !now.includes(line)).map((line) => `- ${line}`)
    const isSame = readFileSync(target + file, 'utf8') === text
    return isSame ? [] : [`api/${file}:`, ...removed, ...added].slice(0, 40)
  })
  const all = [...changed, ...[...there].map((file) => `api/${file} is of no entry point`)]
  if (all.length === 0) return
  console.error(all.join('\n'))
  console.error(
    'The public API changed. If that is meant: npm run api, and see "Versions" in CONTRIBUTING.md.',
  )
  process.exit(1)
}
