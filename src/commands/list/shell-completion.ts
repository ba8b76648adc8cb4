import { Argument } from 'commander'
import type { Command } from '../command.ts'
import type { Shell } from '../completion-script.ts'

export const command: Command = {
  id: 'shell-completion',
  add: (program) => {
    program
      .command('shell-completion')
      .description('Print a script that lets a shell complete commands and options.')
      .addArgument(new Argument('<shell>', 'which one').choices(['bash', 'zsh', 'fish']))
      .addHelpText(
        'after',
        '\nExample:\n  source <(curfew shell-completion bash)\n  curfew shell-completion fish | source',
      )
      .action(async (shell: Shell) => {
        const { run } = await import('../actions/shell-completion.ts')
        await run(shell)
      })
  },
}
