import { existsSync, readFileSync } from 'node:fs'
import { defineConfig } from 'vitepress'
import { base } from '../base.mjs'

const site = `${import.meta.dirname}/..`
const json = (file) =>
  existsSync(`${site}/.pages/${file}`) ? JSON.parse(readFileSync(`${site}/.pages/${file}`)) : []

/** The order in which a stranger needs the pages; those not named follow under "More". */
const groups = {
  Start: ['getting-started', 'concepts', 'recipes', 'migrating', 'go-live', 'glossary'],
  Network: ['directory', 'tefca', 'udap', 'quirks', 'interop'],
  Identity: ['authentication', 'signers', 'certificates'],
  Records: ['patients', 'search', 'discover'],
  Running: [
    ...['errors', 'diagnose', 'cli', 'events', 'observability', 'audit', 'scaling'],
    ...['safety', 'security', 'transports', 'performance', 'runtimes', 'support'],
  ],
}

const pages = json('pages.json')
const named = Object.values(groups).flat()
const item = (name) => pages.find(({ link }) => link === `/${name}`) ?? []
const isDecision = ({ link }) => link.startsWith('/decisions/')

const guides = [
  ...Object.entries(groups).map(([text, names]) => ({ text, items: names.flatMap(item) })),
  {
    text: 'More',
    collapsed: true,
    items: pages.filter(
      (page) => page.link !== '/index' && !isDecision(page) && !named.includes(page.link.slice(1)),
    ),
  },
  { text: 'Decisions', collapsed: true, items: pages.filter(isDecision) },
]

/** The main entry point first, with the others beside it and not below. */
function reference() {
  const [main, ...others] = json('api/typedoc-sidebar.json')
  if (main === undefined) return []
  const isEntry = ({ text, link }) =>
    link !== undefined && !link.endsWith('.md') && text !== main.text
  const beside = main.items.filter(isEntry)
  const own = main.items.filter((item) => !beside.includes(item))
  return [{ ...main, items: own }, ...beside, ...others].map((entry) => ({
    ...entry,
    text:
      entry === main || entry.text.startsWith(main.text)
        ? entry.text
        : `${main.text}/${entry.text}`,
    collapsed: entry.text !== main.text,
  }))
}

export default defineConfig({
  base,
  srcDir: '.pages',
  outDir: 'dist',
  cacheDir: 'node_modules/.cache/vitepress',
  title: 'carequality-fhir',
  description: 'Patient records across the Carequality network, in TypeScript',
  lang: 'en',
  cleanUrls: true,
  head: [['link', { rel: 'icon', href: `${base}icon.svg`, type: 'image/svg+xml' }]],
  // No file of the site names a CDN, a font server or a tracker.
  themeConfig: {
    search: {
      provider: 'local',
      options: {
        miniSearch: {
          // A guide says more about a word than the declarations that have it.
          searchOptions: { boostDocument: (id) => (id.includes('/api/') ? 0.4 : 1) },
        },
      },
    },
    nav: [
      { text: 'Guide', link: '/getting-started', activeMatch: '^/(?!api|play|$)' },
      { text: 'API', link: '/api/', activeMatch: '^/api/' },
      { text: 'Playground', link: '/play' },
    ],
    sidebar: { '/api/': reference(), '/': guides },
    outline: [2, 3],
  },
  // A page without an outline has its room.
  transformPageData: ({ filePath, frontmatter }) => {
    const hasSections = /^##? /m.test(
      readFileSync(`${site}/.pages/${filePath}`, 'utf8').replace(/^# .*/m, ''),
    )
    if (!hasSections) frontmatter.aside = false
  },
  markdown: { theme: { light: 'github-light-high-contrast', dark: 'github-dark' } },
  vite: {
    resolve: {
      alias: [
        { find: 'carequality-fhir/testing', replacement: `${site}/../dist/testing/index.js` },
        { find: 'carequality-fhir', replacement: `${site}/../dist/index.js` },
      ],
    },
    build: { chunkSizeWarningLimit: 2_000 },
  },
})
