/**
 * Copies the pages that people read on GitHub to where VitePress reads them. Links between pages
 * become links of the site; what the site does not have is linked in the repository.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, posix } from 'node:path'
import { inSite } from './pictures/draw.mjs'

const root = `${import.meta.dirname}/..`
const out = `${import.meta.dirname}/.pages`
const read = (file) => readFileSync(`${root}/${file}`, 'utf8')

const { repository, description } = JSON.parse(read('package.json'))
const address = repository?.url.replace(/^git\+|\.git$/g, '')
const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#0969da"/><path d="M8 16h16M16 8v16" stroke="#fff" stroke-width="4" stroke-linecap="round"/></svg>`

/** Undefined as long as the address in package.json is a placeholder. */
const repositoryUrl = address?.includes('repository.invalid') ? undefined : address

/** Pages outside of docs/, and what they are called in the site. */
const others = {
  'CHANGELOG.md': 'changelog.md',
  'SECURITY.md': 'security-policy.md',
  'CONTRIBUTING.md': 'contributing.md',
  'ARCHITECTURE.md': 'architecture.md',
}

function pages() {
  const docs = readdirSync(`${root}/docs`, { recursive: true, encoding: 'utf8' })
  const own = docs.filter((file) => file.endsWith('.md'))
  return new Map([
    ...own.map((file) => [`docs/${file}`, file]),
    ...Object.entries(others),
    ['README.md', 'index.md'],
  ])
}

/** Writes every page, and the list of them for the sidebar. */
export function writePages() {
  const names = pages()
  const list = [...names].map(([source, name]) => {
    const text = linked(read(source), source, names)
    write(name, source === 'README.md' ? homePage(text) : text)
    return { link: `/${name.replace(/\.md$/, '')}`, text: /^# (.+)$/m.exec(text)?.[1] ?? name }
  })
  write('play.md', read('site/play/play.md'))
  write('public/icon.svg', icon)
  write('pages.json', JSON.stringify(list))
  write('pictures.css', inSite)
}

function write(name, text) {
  mkdirSync(dirname(`${out}/${name}`), { recursive: true })
  writeFileSync(`${out}/${name}`, text)
}

function linked(text, source, names) {
  return text.replace(/(!?)\[([^\]\n]*)\]\((?!https?:)([^)#\s]+)(#[^)]*)?\)/g, (...match) => {
    const [whole, isPicture, label, path, anchor = ''] = match
    const target = posix.join(posix.dirname(source), path)
    if (isPicture !== '') return picture(target, label)
    const name = names.get(target)
    if (name !== undefined) return `[${label}](/${name.replace(/\.md$/, '')}${anchor})`
    if (target === 'docs/decisions') return `[${label}](/decisions/0001-two-layers-of-http)`
    if (repositoryUrl === undefined) return label
    return whole.replace(path, `${repositoryUrl}/blob/main/${target}`)
  })
}

/** Pictures stand in the page itself, so that its colours are theirs. */
function picture(file, label) {
  const svg = read(file)
    .replace(/<\?xml.*?\?>/, '')
    .replace(/<style>[^<]*prefers-color-scheme[^<]*<\/style>/, '')
    .replace(/\n\s*/g, ' ')
  return `<figure class="picture" role="img" aria-label="${label}">${svg.trim()}</figure>`
}

function homePage(readme) {
  const body = readme.replace(/^# .*\n+.*\n/, '')
  return `---
layout: home
title: carequality-fhir
titleTemplate: false
hero:
  name: carequality-fhir
  text: Patient records across the Carequality network
  tagline: ${JSON.stringify(description)}
  actions:
    - { theme: brand, text: Get started, link: /getting-started }
    - { theme: alt, text: Try it in the browser, link: /play }
    - { theme: alt, text: API reference, link: /api/ }
---
${body}`
}
