export function workflowProblems(
  files: ReadonlyMap<string, string>,
  scripts: Readonly<Record<string, string>>,
): readonly string[]
