"""A shell that holds standard input open, and reads it on if lossmon itself is killed."""

from __future__ import annotations

import os

from lossmon.tui.terminal import modes

_SHELL = "/bin/sh"
_NOTICE = "lossmon: was killed; the program goes on and what it still writes follows"
_ALIVE, _ALL_READ, _NEWEST = 3, b"read\n", 5
"""The descriptor from which the shell reads, what it reads if nothing is left to do, and that of the newest output."""
_SCRIPT = f"""
trap "" INT QUIT TERM HUP TSTP TTIN TTOU
exec 4<&1
saved=$(stty -g <&4 2>/dev/null)
read -r state <&{_ALIVE}
exec {_ALIVE}<&-
[ "$state" = {_ALL_READ.decode().strip()} ] && exit
if [ -n "$saved" ]; then stty "$saved" <&4; printf %s "$KEEPER_RESET"; fi
echo "$KEEPER_NOTICE" >&2
if [ -n "$KEEPER_LINES" ]; then
  esc=$(printf '\\033') cr=$(printf '\\r')
  export LC_ALL=C
  c1="$(printf '\\302')[$(printf '\\200')-$(printf '\\237')]"
  tail -n "$KEEPER_LINES" <&{_NEWEST} |
    sed -e "s/$c1//g" -e "s/$esc\\[[0-9:;<=>?]*[ -\\/]*[@-~]//g" -e "s/.*$cr\\(.\\)/\\1/" |
    tr -d '\\000-\\010\\013-\\037\\177'
fi
if [ -n "$KEEPER_LOG" ]; then exec >>"$KEEPER_LOG"; fi
cat
exec cat >/dev/null
"""
"""Restores the terminal and copies standard input to it, or to a log; if the terminal is gone, to nowhere.

The newest lines come first, without escape sequences.
"""


class Keeper:
    """The shell; it begins to read when every process that holds the other end of its pipe has ended."""

    def __init__(self, source: int, log: str | None, newest: int, lines: int) -> None:
        """Start it with the descriptor *source* as its input; without a shell there is no keeper.

        The file *newest* is to hold the newest output, of which it prints so many *lines*; -1 if there is no such file.
        """
        waiting, self._alive = os.pipe()
        actions = [(os.POSIX_SPAWN_DUP2, source, 0), (os.POSIX_SPAWN_DUP2, waiting, _ALIVE)]
        actions += [(os.POSIX_SPAWN_DUP2, newest, _NEWEST)] if newest >= 0 else []
        # Not as arguments: ``pkill -f lossmon`` must not find the shell.
        environment = {
            "KEEPER_RESET": modes.LEAVE.decode(),
            "KEEPER_NOTICE": _NOTICE,
            "KEEPER_LOG": log or "",
            "KEEPER_LINES": str(lines) if newest >= 0 else "",
        }
        self._pid = 0
        try:
            self._pid = os.posix_spawn(
                _SHELL, ["sh", "-c", _SCRIPT], {**os.environ, **environment}, file_actions=actions
            )
        except OSError:
            return
        finally:
            os.close(waiting)

    def dismiss(self) -> None:
        """End it: all of its input was read."""
        if not self._pid:
            return
        try:
            os.write(self._alive, _ALL_READ)
            os.waitpid(self._pid, 0)
        except OSError:
            return
