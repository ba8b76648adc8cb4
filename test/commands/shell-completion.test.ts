import { readdirSync } from 'node:fs'
import { basename } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openPlaceInside } from './in-process.ts'

const { curfew } = openPlaceInside()
const commands = readdirSync('src/commands/list').map((file) => basename(file, '.ts'))

describe('curfew shell-completion', () => {
  it.each(['bash', 'zsh'])('knows every command and its options, for %s', async (shell) => {
    const { code, stdout, stderr } = await curfew(['shell-completion', shell])
    expect([code, stderr]).toEqual([0, ''])
    for (const command of commands)
      expect(stdout).toMatch(new RegExp(`^ +${command}\\) words='`, 'm'))
    expect(stdout).toMatch(/^ +approve\) words='--url .*--reason --with-others --help' ;;$/m)
    expect(stdout).toMatch(/^ +kill-switch\) words='on off --url /m)
    expect(stdout).toMatch(/^ +provider\) words='matrix --help' ;;$/m)
  })

  it('knows them for fish, with what each does', async () => {
    const { stdout } = await curfew(['shell-completion', 'fish'])
    for (const command of commands) expect(stdout).toContain(` -a ${command} -d '`)
    expect(stdout).toContain("'__fish_seen_subcommand_from approve' -l with-others\n")
    expect(stdout).toContain("'__fish_seen_subcommand_from kill-switch' -a off\n")
  })

  it('says which shells there are', async () => {
    const { code, stderr } = await curfew(['shell-completion', 'tcsh'])
    expect([code, stderr]).toEqual([2, expect.stringContaining('bash, zsh, fish')])
  })
})
