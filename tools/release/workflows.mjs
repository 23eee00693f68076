// What must hold of .github: actions are pinned to a commit, and scripts that are run exist.

/** `files`: a Map of names to texts; `scripts`: those of package.json. */
export function workflowProblems(files, scripts) {
  return [...files].flatMap(([file, text]) => [
    ...[...text.matchAll(/\buses: *(\S+)(.*)/g)]
      .filter(([, action, rest]) => !isPinned(action, rest))
      .map(
        ([, action]) => `${file}: ${action} is not pinned to a commit with its version beside it`,
      ),
    ...[...text.matchAll(/\bnpm (?:run (?:--silent )?([\w:-]+)|(test|start)\b)/g)]
      .map(([, script, short]) => script ?? short)
      .filter((script) => !Object.hasOwn(scripts, script))
      .map((script) => `${file}: there is no script "${script}"`),
    ...(/^permissions:/m.test(text) ? [] : [`${file}: it does not limit its permissions`]),
  ])
}

function isPinned(action, rest) {
  return (
    action.startsWith('./') || (/@[0-9a-f]{40}$/.test(action) && /^ # v\d+\.\d+\.\d+$/.test(rest))
  )
}
