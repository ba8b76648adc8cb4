import { exitCodes } from './commands/command.ts'
import { runCommandLine } from './commands/command-line.ts'
import { codeOf } from './contract/errors.ts'

// Whoever reads us may leave, as `head` does: then nothing more is wanted, and that is no fault.
process.stdout.on('error', (error) => {
  if (codeOf(error) === 'EPIPE') process.exit(exitCodes.stopped)
  throw error
})
await runCommandLine(process.argv.slice(2))
