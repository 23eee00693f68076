export interface ConsumerResult {
  readonly group: string
  readonly title: string
  readonly ok: boolean
}
export function tableOf(results: readonly ConsumerResult[]): string
