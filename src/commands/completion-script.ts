import type { Command as Program } from 'commander'

export type Shell = 'bash' | 'zsh' | 'fish'

/** What can be typed after the name of a command: words of a closed list, commands of its own, options. */
function wordsOf(command: Program): readonly string[] {
  const choices = command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices)
  const others = command.commands.map((each) => each.name())
  return [...choices, ...others, ...command.options.map(({ long }) => long ?? ''), '--help']
}

/**
 * The script that lets a shell complete commands, options and closed lists of words; what it does not know it
 * leaves to the shell, which completes files. Pure.
 *
 * @param commands every command, by its definition.
 */
export function completionScript(shell: Shell, commands: readonly Program[]): string {
  if (shell === 'fish') return fishLines(commands).join('')
  const cases = commands.map(
    (each) => `      ${each.name()}) words='${wordsOf(each).join(' ')}' ;;\n`,
  )
  return `${shell === 'zsh' ? 'autoload -U +X bashcompinit && bashcompinit\n' : ''}_curfew() {
  local words='${commands.map((each) => each.name()).join(' ')} --help --version'
  if [ "$COMP_CWORD" -gt 1 ]; then
    case "\${COMP_WORDS[1]}" in
${cases.join('')}      *) words='' ;;
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _curfew curfew ./curfew
`
}

function fishLines(commands: readonly Program[]): readonly string[] {
  const quoted = (text: string) => `'${text.replaceAll(/['\\]/g, '\\$&')}'`
  return commands.flatMap((each) => {
    const within = `complete -c curfew -n '__fish_seen_subcommand_from ${each.name()}'`
    return [
      `complete -c curfew -n __fish_use_subcommand -a ${each.name()} -d ${quoted(each.description())}\n`,
      ...wordsOf(each).map((word) =>
        word.startsWith('--') ? `${within} -l ${word.slice(2)}\n` : `${within} -a ${word}\n`,
      ),
    ]
  })
}
