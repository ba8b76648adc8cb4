import { join } from 'node:path'
import { Command as Program } from 'commander'
import { loadCatalog } from '../../process/catalog.ts'
import type { Command } from '../command.ts'
import type { Shell } from '../completion-script.ts'
import { completionScript } from '../completion-script.ts'

export async function run(shell: Shell): Promise<void> {
  const program = new Program()
  const folder = join(import.meta.dirname, '../list')
  for (const command of await loadCatalog<Command>(folder, 'command')) command.add(program)
  process.stdout.write(completionScript(shell, program.commands))
}
