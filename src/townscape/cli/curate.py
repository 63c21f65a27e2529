"""`townscape curate`: one command per way to curate."""

from collections.abc import Callable
from typing import Annotated, Any

from cyclopts import App, Parameter

from townscape.cli.common import Common, CommonFlags, Running, RunningFlags, flags_of, given, run_stage
from townscape.curate import get_kind, kind_names

app = App(name="curate", default_parameter=Parameter(negative=()))


def _command_of(name: str) -> Callable[..., int]:
    kind = get_kind(name)
    flags_class = flags_of(kind.Options, without=("kind",))

    def command(
        *,
        flags: Any = None,
        running: RunningFlags = Running(),
        common: CommonFlags = Common(),
    ) -> int:
        options = kind.Options.parse({} if flags is None else given(flags))
        return run_stage(options, common, running, show=show)

    def show(result: dict[str, Any]) -> None:
        from townscape.cli.console import print_next, say

        for line in kind.words(result):
            say(line)
        print_next(*kind.next_steps(result))

    command.__annotations__["flags"] = Annotated[flags_class, Parameter(name="*")]
    command.__kwdefaults__ = {**(command.__kwdefaults__ or {}), "flags": flags_class()}
    command.__doc__ = kind.TEXT
    return command


for _name in kind_names():
    _examples = "\n".join(["Examples:", *(f"  {line}" for line in get_kind(_name).EXAMPLES)])
    app.command(_command_of(_name), name=_name, help_epilogue=_examples)
