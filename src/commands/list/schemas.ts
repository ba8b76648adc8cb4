import type { Command } from '../command.ts'

export const command: Command = {
  id: 'schemas',
  add: (program) => {
    program
      .command('schemas')
      .description(
        'Write schemas/*.json, the tables of docs/session-events.md and docs/detectors.md, and .env.example from the code that uses them.',
      )
      .addHelpText('after', '\nExample:\n  curfew schemas && git diff schemas')
      .action(async () => {
        const { run } = await import('../actions/schemas.ts')
        await run()
      })
  },
}
