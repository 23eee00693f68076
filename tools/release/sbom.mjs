// The CycloneDX list of what users install, made by npm from the lock file:
// `node tools/release/sbom.mjs > sbom.cdx.json`. The check compares it with the lock file, because a
// list that nobody compared is a claim.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export function makeSbom(root) {
  const args = ['sbom', '--omit=dev', '--sbom-format=cyclonedx', '--package-lock-only']
  const sbom = JSON.parse(execFileSync('npm', args, { cwd: root, encoding: 'utf8' }))
  // npm names the component after the folder that it is in.
  sbom.metadata.component.name = /^pkg:npm\/(.+)@/.exec(sbom.metadata.component.purl)?.[1]
  return sbom
}

/** What one of the two has and the other lacks: packages, versions, SHA-512 sums, licences. */
export function sbomProblems(sbom, lock) {
  const { name, version } = lock.packages['']
  const subject = sbom.metadata?.component
  const listed = new Set((sbom.components ?? []).map(lineOfComponent))
  const locked = new Set(
    Object.entries(lock.packages)
      .filter(([path, { dev }]) => path !== '' && dev !== true)
      .map(([path, entry]) => lineOfLocked(path, entry)),
  )
  return [
    ...(sbom.bomFormat === 'CycloneDX' ? [] : ['it is not a CycloneDX document']),
    ...(subject?.name === name && subject.version === version
      ? []
      : [`it is about ${subject?.name}@${subject?.version} and not ${name}@${version}`]),
    ...[...locked]
      .filter((line) => !listed.has(line))
      .map((line) => `only in the lock file: ${line}`),
    ...[...listed].filter((line) => !locked.has(line)).map((line) => `only in the SBOM: ${line}`),
  ]
}

function lineOfComponent({ name, version, hashes = [], licenses = [] }) {
  const sum = hashes.find(({ alg }) => alg === 'SHA-512')?.content
  const names = licenses.map(({ license, expression }) => license?.id ?? expression)
  return `${name}@${version} ${sum} ${names.join(' ')}`
}

function lineOfLocked(path, { version, integrity = '', license }) {
  const [, base64 = ''] = /^sha512-(.+)$/.exec(integrity) ?? []
  const sum = Buffer.from(base64, 'base64').toString('hex')
  return `${path.split('node_modules/').at(-1)}@${version} ${sum} ${license}`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const sbom = makeSbom(root)
  const problems = sbomProblems(sbom, JSON.parse(readFileSync(`${root}package-lock.json`, 'utf8')))
  for (const problem of problems) console.error(problem)
  if (problems.length > 0) process.exit(1)
  console.log(JSON.stringify(sbom, null, 2))
}
