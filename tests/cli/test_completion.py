from __future__ import annotations

import pytest
import shtab

from lossmon.cli import main


@pytest.mark.parametrize("shell", shtab.SUPPORTED_SHELLS)
def test_a_script_is_printed_for_each_shell_that_shtab_supports(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert "lossmon" in script
    assert all(name in script for name in shtab.SUPPORTED_SHELLS)


@pytest.mark.parametrize("shell", shtab.SUPPORTED_SHELLS)
def test_the_help_says_how_to_install_the_script_of_each_shell(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["completion", "--help"])
    assert f"lossmon completion {shell}" in capsys.readouterr().out
