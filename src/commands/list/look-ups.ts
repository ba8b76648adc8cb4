import type { Command } from '../command.ts'

export const command: Command = {
  id: 'look-ups',
  add: (program) => {
    program
      .command('look-ups')
      .description(
        'Compile the look-ups of places and networks that the packages bring along, and say which answer.',
      )
      .addHelpText(
        'after',
        '\nInstalling the packages runs it, and so does the first start without it.\n\nExample:\n  curfew look-ups',
      )
      .action(async () => {
        const { run } = await import('../actions/look-ups.ts')
        await run()
      })
  },
}
