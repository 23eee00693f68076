// Licences that a dependency may have: what users install, and what only works here.

const SHIPPED = ['Apache-2.0', 'MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD']
const TOOLS = [...SHIPPED, 'BlueOak-1.0.0', 'MPL-2.0']

/** One line for each package of a lock file whose licence is not on the list. */
export function licenceProblems(lock) {
  return Object.entries(lock.packages).flatMap(([path, { license, dev }]) => {
    if (path === '') return []
    const allowed = dev === true ? TOOLS : SHIPPED
    return isAllowed(license, allowed) ? [] : [`${path}: ${license ?? 'no licence'} is not allowed`]
  })
}

/** Of "(A OR B)" one is enough; anything else must be on the list as it stands. */
function isAllowed(license, allowed) {
  if (typeof license !== 'string') return false
  const choices = license.replace(/^\((.*)\)$/, '$1').split(' OR ')
  return choices.some((choice) => allowed.includes(choice))
}
