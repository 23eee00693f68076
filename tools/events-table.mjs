/** The rows of docs/events.md, read from src/events.ts: name, comment and members of each event. */
import ts from 'typescript'

const file = new URL('../src/events.ts', import.meta.url).pathname
const options = { strict: true, allowImportingTsExtensions: true, noEmit: true, types: [] }

export function eventRows() {
  const program = ts.createProgram([file], options)
  const checker = program.getTypeChecker()
  const [events] = program
    .getSourceFile(file)
    .statements.filter((one) => ts.isInterfaceDeclaration(one) && one.name.text === 'ClientEvents')
  return checker.getPropertiesOfType(checker.getTypeAtLocation(events)).map((event) => {
    const text = ts.displayPartsToString(event.getDocumentationComment(checker))
    const members = checker.getPropertiesOfType(checker.getTypeOfSymbol(event)).map((member) => {
      const type = checker.getTypeOfSymbol(member)
      const mayLack = type.isUnion() && type.types.some((one) => one.flags & ts.TypeFlags.Undefined)
      return `\`${member.name}\`${mayLack ? ' (if known)' : ''}`
    })
    return { name: event.name, text, members }
  })
}

export function eventTable() {
  return eventRows()
    .map(({ name, text, members }) => `| \`${name}\` | ${text} | ${members.join(', ')} |`)
    .join('\n')
}
