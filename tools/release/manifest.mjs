// What must hold of package.json, the changelog and the tarball before a release.

/** `repository`, `bugs` and `homepage` are placeholders under `.invalid` until somebody knows them. */
export function placeholderProblems(manifest) {
  const addresses = {
    repository: manifest.repository?.url,
    bugs: manifest.bugs?.url,
    homepage: manifest.homepage,
  }
  return Object.entries(addresses).flatMap(([field, address]) => {
    const text = String(address).replace(/^git\+/, '')
    if (!URL.canParse(text)) return [`package.json: "${field}" is not set`]
    return /\.(invalid|example)$/.test(new URL(text).hostname)
      ? [`package.json: "${field}" is still the placeholder ${address}`]
      : []
  })
}

/** One version everywhere, a dated section for it, and nothing left under Unreleased. */
export function versionProblems({ manifest, lock, source, changelog, tag }) {
  const { version } = manifest
  const sections = new Map(
    changelog
      .split(/^## /m)
      .slice(1)
      .map((section) => [section.split('\n', 1)[0], section.split('\n').slice(1).join('\n')]),
  )
  const own = [...sections.keys()].find((title) => title.startsWith(`[${version}]`))
  return [
    ...(lock.version === version && lock.packages[''].version === version
      ? []
      : [`package-lock.json has another version than ${version}: npm install --package-lock-only`]),
    ...(source.includes(`'${version}'`)
      ? []
      : [`src/version.ts has another version than ${version}`]),
    ...(own === undefined
      ? [`CHANGELOG.md has no section [${version}]`]
      : /^\[[^\]]+\] - \d{4}-\d{2}-\d{2}$/.test(own)
        ? []
        : [`CHANGELOG.md: the section ${own} has no date`]),
    ...(/^[-*] /m.test(sections.get('[Unreleased]') ?? '')
      ? ['CHANGELOG.md: move what is under [Unreleased] into the section of the version']
      : []),
    ...(tag === undefined || tag === `v${version}`
      ? []
      : [`the tag is ${tag} and not v${version}`]),
  ]
}

const OWN_FILES =
  /^(?:dist\/.+\.(?:js|d\.ts)|docs\/.+\.(?:md|svg|png)|[A-Z_]+\.md|LICENSE|package\.json)$/

/** Nothing but the build and pages, and each page that the README links to. */
export function tarballProblems(files, readme) {
  const there = new Set(files)
  const links = [...readme.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, path]) =>
    path.replace(/\/$/, ''),
  )
  return [
    ...files
      .filter((file) => !OWN_FILES.test(file))
      .map((file) => `the tarball holds ${file}, which nobody needs`),
    ...[...new Set(links)]
      .filter((path) => !there.has(path) && !files.some((file) => file.startsWith(`${path}/`)))
      .map((path) => `README.md links to ${path}, which is not in the tarball`),
  ]
}
