/** The options that another command needs to have the same network and identity as this one. */
import { isGiven, textOf, type Context } from './context.ts'
import { optionOf, settingsTable } from './settings-table.ts'

/** As arguments, with paths that hold in any folder; what the environment sets is there for the next command, too. */
export function argumentsAgain(
  context: Pick<Context, 'values' | 'settings'>,
  left: readonly string[] = [],
): readonly string[] {
  const { settings } = context
  const given = settingsTable.flatMap((setting) => {
    const option = optionOf(setting)
    if (left.includes(setting.name)) return []
    if (isGiven(context, option)) return [`--${option}`]
    const value = textOf(context, option)
    if (value === undefined) return []
    return [`--${option}`, setting.kind === 'file' ? settings.path(value) : value]
  })
  return [
    ...(isGiven(context, 'sandbox') ? ['--sandbox'] : []),
    ...(settings.configFile === undefined ? [] : ['--config', settings.configFile]),
    ...given,
  ]
}
