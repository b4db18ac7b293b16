import { Argument, type Command } from 'commander';
import { withExamples } from './example.ts';
import { quotedWord } from './shell-word.ts';

/** `pgwamp completion`: prints a script for a shell. */
export function completion(program: Command): void {
  const command = program
    .command('completion')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
    .summary('print the completion script of a shell')
    .description('Prints a script that completes the commands and options of pgwamp in a shell.')
    .action((shell: keyof typeof scripts) => {
      process.stdout.write(scripts[shell](wordsOf(program)));
    });
  withExamples(
    command,
    'eval "$(pgwamp completion bash)"',
    'pgwamp completion fish > ~/.config/fish/completions/pgwamp.fish',
  );
}

/** A command with its possible following words. */
interface Words {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly { readonly flag: string; readonly description: string }[];
}

function wordsOf(program: Command): Words[] {
  return program.commands.map((command) => ({
    name: command.name(),
    summary: command.summary() || command.description(),
    options: command.options.map(({ long, description }) => ({ flag: long ?? '', description })),
  }));
}

const scripts = {
  bash: (commands: readonly Words[]) => `_pgwamp() {
  local current=\${COMP_WORDS[COMP_CWORD]}
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(' ')}" -- "$current"))
    return
  fi
  case \${COMP_WORDS[1]} in
${commands.map(({ name, options }) => `    ${name}) COMPREPLY=($(compgen -W "${flags(options)}" -- "$current")) ;;`).join('\n')}
  esac
}
complete -o default -F _pgwamp pgwamp
`,
  zsh: (commands: readonly Words[]) => `#compdef pgwamp
_pgwamp() {
  if (( CURRENT == 2 )); then
    local -a commands=(${commands.map(({ name, summary }) => quotedWord(`${name}:${summary}`)).join(' ')})
    _describe command commands
    return
  fi
  case $words[2] in
${commands.map(({ name, options }) => `    ${name}) _arguments ${options.map(zshOption).join(' ')} '*:file:_files' ;;`).join('\n')}
  esac
}
compdef _pgwamp pgwamp
`,
  fish: (commands: readonly Words[]) =>
    commands
      .flatMap(({ name, summary, options }) => [
        `complete -c pgwamp -n __fish_use_subcommand -a ${name} -d ${quotedWord(summary)}`,
        ...options.map(
          ({ flag, description }) =>
            `complete -c pgwamp -n '__fish_seen_subcommand_from ${name}' -l ${flag.slice(2)} -d ${quotedWord(description)}`,
        ),
      ])
      .join('\n')
      .concat('\n'),
} as const;

function flags(options: Words['options']): string {
  return options.map(({ flag }) => flag).join(' ');
}

function zshOption({ flag, description }: Words['options'][number]): string {
  return quotedWord(`${flag}[${description.replaceAll(/[[\]:]/g, ' ')}]`);
}
