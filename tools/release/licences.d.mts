export function licenceProblems(lock: object): readonly string[]
