"""Completion scripts for shells, written from the parser of the command line.

They are static: no Python runs while you type. Each names the commands, the options of each one
with the words that they take, and the names of the demos and operations.
"""

import argparse
from collections.abc import Mapping, Sequence
from typing import NamedTuple

SHELLS = ("bash", "zsh", "fish")


class _Option(NamedTuple):
    """An option: how it is written, what it is for, the words it takes, and if it takes a file."""

    flag: str
    help: str
    words: tuple[str, ...]
    file: bool
    takes: bool


class _Command(NamedTuple):
    """A command: what it is for, its options, and the words that it takes."""

    help: str
    options: list[_Option]
    words: Sequence[str]


def script(shell: str, parser: argparse.ArgumentParser, words: Mapping[str, Sequence[str]]) -> str:
    """The script for a shell.

    Args:
        shell: one of `SHELLS`.
        parser: the parser of the command line, with its commands.
        words: for some commands, what may follow them.
    """
    commands = _commands(parser, words)
    write = {"bash": _bash, "zsh": _zsh, "fish": _fish}[shell]
    return write(parser.prog, _options(parser), commands)


def _options(parser: argparse.ArgumentParser) -> list[_Option]:
    found = []
    for action in parser._actions:
        file = action.metavar == "FILE"
        choices = tuple(map(str, action.choices or ())) if action.option_strings else ()
        for flag in action.option_strings:
            if flag.startswith("--"):
                takes = action.nargs != 0
                found.append(_Option(flag, action.help or "", choices, file, takes))
    return found


def _commands(
    parser: argparse.ArgumentParser, words: Mapping[str, Sequence[str]]
) -> dict[str, _Command]:
    (chosen,) = [x for x in parser._actions if isinstance(x, argparse._SubParsersAction)]
    helps = {action.dest: action.help or "" for action in chosen._choices_actions}
    return {
        name: _Command(helps.get(name, ""), _options(command), words.get(name, ()))
        for name, command in chosen.choices.items()
    }


def _quoted(text: str) -> str:
    """As one word of a shell, in single quotes."""
    return "'" + text.replace("'", "'\\''") + "'"


def _bash(prog: str, options: list[_Option], commands: Mapping[str, _Command]) -> str:
    function = f"_{prog.replace('-', '_')}"
    first = " ".join([*commands, *[x.flag for x in options]])
    lines = [
        f"# bash completion of {prog}",
        f"{function}() {{",
        '    local word="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}"',
        "    COMPREPLY=()",
        "    if [[ $COMP_CWORD -eq 1 ]]; then",
        f'        COMPREPLY=($(compgen -W "{first}" -- "$word"))',
        "        return",
        "    fi",
        '    case "${COMP_WORDS[1]}:$previous" in',
    ]
    found = {("*", x) for x in options if x.takes}
    found |= {(name, x) for name, command in commands.items() for x in command.options if x.takes}
    for name, option in sorted(found):
        reply = f'COMPREPLY=($(compgen -W "{" ".join(option.words)}" -- "$word"))'
        if option.file:  # whose name may hold spaces
            reply = "local IFS=$'\\n'; compopt -o filenames 2>/dev/null; "
            reply += 'COMPREPLY=($(compgen -f -- "$word"))'
        lines.append(f"        {name}:{option.flag}) {reply}; return;;")
    lines += ["    esac", '    case "${COMP_WORDS[1]}" in']
    for name, command in commands.items():
        words = " ".join([*command.words, *[x.flag for x in command.options]])
        lines.append(f'        {name}) COMPREPLY=($(compgen -W "{words}" -- "$word"));;')
    lines += ["    esac", "}", f"complete -F {function} {prog}"]
    return "\n".join(lines)


def _zsh(prog: str, options: list[_Option], commands: Mapping[str, _Command]) -> str:
    function = f"_{prog.replace('-', '_')}"
    lines = [
        f"#compdef {prog}",
        f"{function}() {{",
        "    local -a found",
        "    if (( CURRENT == 2 )); then",
        "        found=(",
        *[f"            {_zsh_item(name, x.help)}" for name, x in commands.items()],
        *[f"            {_zsh_item(x.flag, x.help)}" for x in options],
        "        )",
        "        _describe command found",
        "        return",
        "    fi",
        '    case "$words[2]:$words[CURRENT-1]" in',
    ]
    taking = [("*", x) for x in options if x.takes]
    taking += [(name, x) for name, command in commands.items() for x in command.options if x.takes]
    for name, option in taking:
        reply = "_files" if option.file else f"compadd -- {' '.join(option.words)}"
        lines.append(f"        {name}:{option.flag}) {reply}; return;;")
    lines += ["    esac", '    case "$words[2]" in']
    for name, command in commands.items():
        lines.append(f"        {name}) found=(")
        lines += [f"            {_quoted(word)}" for word in command.words]
        lines += [f"            {_zsh_item(x.flag, x.help)}" for x in command.options]
        lines.append("        ); _describe argument found;;")
    lines += ["    esac", "}", f"compdef {function} {prog}"]
    return "\n".join(lines)


def _zsh_item(word: str, help: str) -> str:
    return _quoted(f"{word}:{help}")


def _fish(prog: str, options: list[_Option], commands: Mapping[str, _Command]) -> str:
    lines = [f"# fish completion of {prog}", f"complete -c {prog} -f"]
    first = "__fish_use_subcommand"
    for name, command in commands.items():
        lines.append(f"complete -c {prog} -n {first} -a {name} -d {_quoted(command.help)}")
    lines += [_fish_option(prog, first, option) for option in options]
    for name, command in commands.items():
        after = f"'__fish_seen_subcommand_from {name}'"
        if command.words:
            words = _quoted(" ".join(command.words))
            lines.append(f"complete -c {prog} -n {after} -a {words}")
        lines += [_fish_option(prog, after, option) for option in command.options]
    return "\n".join(lines)


def _fish_option(prog: str, condition: str, option: _Option) -> str:
    line = f"complete -c {prog} -n {condition} -l {option.flag[2:]} -d {_quoted(option.help)}"
    if option.file:
        return f"{line} -r -F"
    return f"{line} -x -a {_quoted(' '.join(option.words))}" if option.takes else line
