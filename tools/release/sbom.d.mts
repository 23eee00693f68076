export function makeSbom(root: string): object
export function sbomProblems(sbom: object, lock: object): readonly string[]
