export function placeholderProblems(manifest: object): readonly string[]
export function versionProblems(parts: {
  readonly manifest: object
  readonly lock: object
  readonly source: string
  readonly changelog: string
  readonly tag: string | undefined
}): readonly string[]
export function tarballProblems(files: readonly string[], readme: string): readonly string[]
