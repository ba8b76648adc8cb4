import type { Command } from '../command.ts'

export const command: Command = {
  id: 'doctor',
  add: (program) => {
    program
      .command('doctor')
      .description(
        'Check settings, policy, store, broker, providers and clock, and say what to do.',
      )
      .option('--json', 'print one JSON object')
      .addHelpText('after', '\nExits with 3 when something is broken.\n\nExample:\n  curfew doctor')
      .action(async (options: { readonly json?: boolean }) => {
        const { run } = await import('../actions/doctor.ts')
        await run(options)
      })
  },
}
