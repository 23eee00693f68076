/** Where the site stands on its host: `/`, or `/NAME/` as GitHub serves the pages of a project. */
const { SITE_BASE = '' } = process.env

if (!/^[\w./-]*$/.test(SITE_BASE)) {
  throw new Error('SITE_BASE must be a path such as /carequality-fhir/')
}

const names = SITE_BASE.split('/').filter((name) => name !== '')

export const base = names.length === 0 ? '/' : `/${names.join('/')}/`
