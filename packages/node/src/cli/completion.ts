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
      process.stdout.write(scripts[shell](placesOf(program)));
    });
  withExamples(
    command,
    'eval "$(pgwamp completion bash)"',
    'pgwamp completion fish > ~/.config/fish/completions/pgwamp.fish',
  );
}

/** A word that can follow on a command line. */
interface Word {
  readonly text: string;
  readonly about: string;
}

/** A command, and the words that can follow its name. */
interface Place {
  /** The command line up to its name, such as `pgwamp proxy parked`. */
  readonly name: string;
  /** Its subcommands, or the values of its argument. */
  readonly next: readonly Word[];
  readonly options: readonly (Word & { readonly choices: readonly string[] })[];
}

/** A command and all commands below it. */
function placesOf(command: Command, above = ''): Place[] {
  const name = `${above}${command.name()}`;
  // The names after `pgwamp help` are those of the program.
  const { commands } = name === 'pgwamp help' ? (command.parent as Command) : command;
  const place = {
    name,
    next: [
      ...commands.map((it) => ({ text: it.name(), about: it.summary() || it.description() })),
      ...command.registeredArguments.flatMap(({ argChoices = [], description }) =>
        argChoices.map((text) => ({ text, about: description || command.summary() })),
      ),
    ],
    options: command
      .createHelp()
      .visibleOptions(command)
      .map(({ long, description, argChoices = [] }) => ({ text: long ?? '', about: description, choices: argChoices })),
  };
  return [place, ...command.commands.flatMap((it) => placesOf(it, `${name} `))];
}

/** The lists of choices, each with the command and the option before it. */
function choicesOf(places: readonly Place[]): [before: string, choices: readonly string[]][] {
  return places.flatMap(({ name, options }) =>
    options
      .filter(({ choices }) => choices.length > 0)
      .map(({ text, choices }): [string, readonly string[]] => [`${name} ${text}`, choices]),
  );
}

const textOf = ({ text }: Word) => text;
const quotedNames = (places: readonly Place[]) => places.slice(1).map(({ name }) => quotedWord(name));

/** Each script finds the command first: the longest line of words, without options, that names one. */
const scripts = {
  bash: (places: readonly Place[]) => `_pgwamp() {
  local current=\${COMP_WORDS[COMP_CWORD]} place=pgwamp word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$place $word" in
      ${quotedNames(places).join('|')}) place="$place $word" ;;
    esac
  done
  case "$place \${COMP_WORDS[COMP_CWORD-1]}" in
${choicesOf(places)
  .map(
    ([before, choices]) =>
      `    ${quotedWord(before)}) COMPREPLY=($(compgen -W "${choices.join(' ')}" -- "$current")); return ;;`,
  )
  .join('\n')}
  esac
  case $place in
${places
  .map(
    ({ name, next, options }) =>
      `    ${quotedWord(name)}) COMPREPLY=($(compgen -W "${[...next, ...options].map(textOf).join(' ')}" -- "$current")) ;;`,
  )
  .join('\n')}
  esac
}
complete -o default -F _pgwamp pgwamp
`,
  zsh: (places: readonly Place[]) => `#compdef pgwamp
_pgwamp() {
  local place=pgwamp word
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$place $word" in
      (${quotedNames(places).join('|')}) place="$place $word" ;;
    esac
  done
  case "$place \${words[CURRENT-1]}" in
${choicesOf(places)
  .map(([before, choices]) => `    (${quotedWord(before)}) compadd ${choices.join(' ')}; return ;;`)
  .join('\n')}
  esac
  local -a next options
  case $place in
${places
  .map(
    ({ name, next, options }) =>
      `    (${quotedWord(name)}) next=(${next.map(described).join(' ')}); options=(${options.map(described).join(' ')}) ;;`,
  )
  .join('\n')}
  esac
  _describe command next
  _describe -o option options
  (( $#next )) || _files
}
compdef _pgwamp pgwamp
`,
  fish: (places: readonly Place[]) => `function __pgwamp_place
  set -l place pgwamp
  set -l words (commandline -opc)
  for word in $words[2..-1]
    contains -- "$place $word" ${quotedNames(places).join(' ')}; and set place "$place $word"
  end
  echo $place
end
${places
  .flatMap(({ name, next, options }) => {
    const line = `complete -c pgwamp -n ${quotedWord(`test (__pgwamp_place) = "${name}"`)}`;
    return [
      ...next.map(({ text, about }) => `${line} -f -a ${text} -d ${quotedWord(about)}`),
      ...options.map(({ text, about, choices }) => {
        const values = choices.length > 0 ? ` -x -a ${quotedWord(choices.join(' '))}` : '';
        return `${line} -l ${text.slice(2)}${values} -d ${quotedWord(about)}`;
      }),
    ];
  })
  .join('\n')}
`,
} as const;

/** A word of `_describe` of zsh. */
function described({ text, about }: Word): string {
  return quotedWord(`${text}:${about}`);
}
