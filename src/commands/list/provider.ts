import type { Command } from '../command.ts'

export const command: Command = {
  id: 'provider',
  add: (program) => {
    const provider = program
      .command('provider')
      .description('Show what is known of the identity providers.')
      .addHelpText('after', '\nExample:\n  curfew provider matrix keycloak')
    provider
      .command('matrix')
      .argument('[provider]', 'the id of one provider; all of them without')
      .option('--json', 'as JSON')
      .description(
        'Show which sessions survive what happens at a provider, and which must be ended.',
      )
      .addHelpText('after', '\nExample:\n  curfew provider matrix keycloak')
      .action(async (id: string | undefined, options: { readonly json?: boolean }) => {
        const { run } = await import('../actions/provider.ts')
        await run(id, options)
      })
  },
}
