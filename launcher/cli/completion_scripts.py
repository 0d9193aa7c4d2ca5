"""Completion scripts for bash, zsh and fish, made of the command's own tree."""

import shlex
from collections.abc import Iterator, Sequence

from launcher.cli.command_tree import FILES, KEYS, Option, Value, Verb

_RUN_KEYS = "launcher completion keys 2>/dev/null"

_BASH = """\
# bash completion for launcher; made by: launcher completion bash

_launcher_value() {  # what follows an option of a verb: files, keys, any, words ...; nothing for a switch
  case "$1 $2" in
__VALUES__
  esac
}

_launcher_place() {  # what can stand at a place behind a verb
  case "$1 $2" in
__PLACES__
  esac
}

_launcher_options() {
  case "$1" in
__OPTIONS__
  esac
}

_launcher_equals() {  # what can stand behind the = of an option whose value is optional
  case "$1 $2" in
__EQUALS__
  esac
}

_launcher() {
  local cur=${COMP_WORDS[COMP_CWORD]} before='' word='' verb='' what='' place=1 i
  COMPREPLY=()
  [[ $cur == "=" ]] && cur=''
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if [[ $word == "=" ]]; then
      before="${COMP_WORDS[i - 1]}="
      [[ $((i + 1)) -lt COMP_CWORD ]] && { before=''; ((i++)); }
    elif [[ -z $verb ]]; then
      [[ $word != -* ]] && verb=$word
    elif [[ -n $before ]]; then
      before=''
    elif [[ $word == -* ]]; then
      [[ -n $(_launcher_value "$verb" "$word") ]] && before=$word
    else
      ((place++))
    fi
  done
  [[ ${COMP_WORDS[COMP_CWORD]} == "=" ]] && before="${COMP_WORDS[COMP_CWORD - 1]}="
  if [[ -z $verb ]]; then
    what="words __VERBS__ --help --version"
  elif [[ $before == *= ]]; then
    what=$(_launcher_equals "$verb" "${before%=}")
    [[ -z $what ]] && what=$(_launcher_value "$verb" "${before%=}")
  elif [[ -n $before ]]; then
    what=$(_launcher_value "$verb" "$before")
  elif [[ $cur == -* ]]; then
    what="words $(_launcher_options "$verb")"
  else
    what=$(_launcher_place "$verb" "$place")
  fi
  case $what in
    files)
      compopt -o filenames 2>/dev/null
      local IFS=$'\\n'
      COMPREPLY=($(compgen -f -- "$cur"))
      ;;
    keys) COMPREPLY=($(compgen -W "$(__KEYS__)" -- "$cur")) ;;
    words*) COMPREPLY=($(compgen -W "${what#words}" -- "$cur")) ;;
  esac
}

complete -o default -F _launcher launcher
"""

_ZSH = """\
#compdef launcher
# zsh completion for launcher; made by: launcher completion zsh

_launcher_keys() {
  local -a keys
  keys=(${(f)"$(__KEYS__)"})
  compadd -a keys
}

_launcher() {
  local state line
  local -a verbs
  verbs=(
__VERBS__
  )
  _arguments -C '(- *)'{-h,--help}'[show help]' '(- *)--version[show the version]' '1: :->verb' '*:: :->rest'
  case $state in
    verb) _describe -t verbs verb verbs ;;
    rest)
      case $words[1] in
__CASES__
      esac
      ;;
  esac
}

if [[ $funcstack[1] == _launcher ]]; then
  _launcher "$@"
else
  compdef _launcher launcher
fi
"""


def bash(verbs: Sequence[Verb]) -> str:
    """For bash 3.2 or newer."""
    return _filled(
        _BASH,
        VERBS=" ".join(verb.name for verb in verbs),
        KEYS=_RUN_KEYS,
        VALUES="\n".join(_bash_values(verbs, behind_equals=False)),
        EQUALS="\n".join(_bash_values(verbs, behind_equals=True)),
        PLACES="\n".join(
            f"    {shlex.quote(f'{verb.name} {number}')}) echo {shlex.quote(_told(value))} ;;"
            for verb in verbs
            for number, value in enumerate(verb.places, 1)
        ),
        OPTIONS="\n".join(f"    {verb.name}) echo {shlex.quote(_names(verb))} ;;" for verb in verbs),
    )


def _bash_values(verbs: Sequence[Verb], *, behind_equals: bool) -> Iterator[str]:
    for verb in verbs:
        for option in verb.options:
            if option.value is not None and option.value.behind_equals == behind_equals:
                pattern = "|".join(shlex.quote(f"{verb.name} {name}") for name in option.names)
                yield f"    {pattern}) echo {shlex.quote(_told(option.value))} ;;"


def _told(value: Value) -> str:
    return " ".join((value.kind, *value.words))


def _names(verb: Verb) -> str:
    return " ".join(name for option in verb.options for name in option.names)


def zsh(verbs: Sequence[Verb]) -> str:
    """For zsh 5; to be sourced, or put into $fpath as _launcher."""
    return _filled(
        _ZSH,
        KEYS=_RUN_KEYS,
        VERBS="\n".join(f"    {shlex.quote(f'{verb.name}:{verb.about}')}" for verb in verbs),
        CASES="\n".join(_zsh_case(verb) for verb in verbs),
    )


def _zsh_case(verb: Verb) -> str:
    specs = [_zsh_option(name, option) for option in verb.options for name in option.names]
    specs += [f"{number}: :{_zsh_action(value)}" for number, value in enumerate(verb.places, 1)]
    return f"        {verb.name}) _arguments {' '.join(map(shlex.quote, specs))} ;;"


def _zsh_option(name: str, option: Option) -> str:
    about = option.about.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]").replace("%%", "%")
    if option.value is None:
        return f"*{name}[{about}]"
    if option.value.behind_equals:
        return f"*{name}=-[{about}]::value:{_zsh_action(option.value)}"
    equals = "=" if name.startswith("--") else ""
    return f"*{name}{equals}[{about}]:value:{_zsh_action(option.value)}"


def _zsh_action(value: Value) -> str:
    if value.words:
        return f"({' '.join(value.words)})"
    return {FILES: "_files", KEYS: "_launcher_keys"}.get(value.kind, "")


def fish(verbs: Sequence[Verb]) -> str:
    """For fish 3."""
    lines = ["# fish completion for launcher; made by: launcher completion fish", "complete -c launcher -f"]
    lines += [
        f"complete -c launcher -n __fish_use_subcommand -a {verb.name} -d {_fish(verb.about)}"
        for verb in verbs
    ]
    for verb in verbs:
        here = f"complete -c launcher -n '__fish_seen_subcommand_from {verb.name}'"
        lines += [f"{here} {_fish_option(option)}" for option in verb.options]
        lines += [f"{here} {wanted}" for value in verb.places if (wanted := _fish_value(value))]
    return "\n".join(lines) + "\n"


def _fish_option(option: Option) -> str:
    names = " ".join(f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names)
    about = f"{names} -d {_fish(option.about.replace('%%', '%'))}"
    if option.value is None:
        return about
    needed = "" if option.value.behind_equals else "-r "
    return f"{about} {needed}{_fish_value(option.value)}".rstrip()


def _fish_value(value: Value) -> str:
    if value.words:
        return f"-a {_fish(' '.join(value.words))}"
    return {FILES: "-F", KEYS: f"-a '({_RUN_KEYS})'"}.get(value.kind, "")


def _fish(text: str) -> str:
    """In fish's single quotes, in which only the quote and the backslash mean something."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _filled(script: str, **parts: str) -> str:
    for name, text in parts.items():
        script = script.replace(f"__{name}__", text)
    return script
