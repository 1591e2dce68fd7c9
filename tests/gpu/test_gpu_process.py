"""A process is named shortly, safely, and only where the number surely means that process."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossmon.gpu.processes import Known, known, shortened

HOST = "pid:[4026531836]"
CONTAINER = "pid:[4026532201]"


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["/usr/bin/python3.11", "-u", "/home/me/train.py", "--token=secret"], "python train.py"),
        (["python", "train.py"], "python train.py"),
        (
            ["/env/bin/python3", "-X", "dev", "-W", "error", "-m", "torch.distributed.run"],
            "python -m torch.distributed.run",
        ),
        (["python3.13t", "-c", "import secret"], "python -c"),
        (["python3", "/env/bin/torchrun", "--nproc-per-node", "8", "train.py"], "python torchrun"),
        (["python3"], "python"),
        (["python3", "-m"], "python -m "),
        (["/opt/vllm/bin/vllm", "serve", "--api-key", "secret"], "vllm"),
        (["ray::Trainer.train() [step 3]"], "ray::Trainer.train() [step 3]"),
        ([""], ""),
    ],
)
def test_a_command_is_program_and_script_without_what_may_be_secret(arguments: list[str], shown: str) -> None:
    assert shortened(arguments) == shown


@given(st.lists(st.text(), min_size=1))
def test_no_command_line_crashes(arguments: list[str]) -> None:
    shortened(arguments)


def process(proc: Path, namespace: str, command: bytes, devices: tuple[str, ...] = ()) -> Path:
    """Make a /proc in which we live in *namespace* and process 7 runs *command* with *devices* open."""
    (proc / "self" / "ns").mkdir(parents=True)
    (proc / "self" / "ns" / "pid").symlink_to(namespace)
    (proc / "7" / "fd").mkdir(parents=True)
    (proc / "7" / "cmdline").write_bytes(command)
    for number, device in enumerate(devices):
        (proc / "7" / "fd" / str(number)).symlink_to(device)
    return proc


def test_on_the_host_a_pid_is_that_process(tmp_path: Path) -> None:
    proc = process(tmp_path, HOST, b"/usr/bin/python3\0/home/me/train.py\0--lr\0001e-3\0")
    assert known(7, proc).command == "python train.py"


def test_in_a_container_a_pid_may_be_another_process_so_it_is_not_named(tmp_path: Path) -> None:
    proc = process(tmp_path, CONTAINER, b"nginx\0", devices=("/dev/null", "socket:[1]"))
    assert known(7, proc).command == ""


def test_in_a_container_a_process_that_holds_a_gpu_open_is_named(tmp_path: Path) -> None:
    proc = process(tmp_path, CONTAINER, b"python\0train.py\0", devices=("/dev/null", "/dev/nvidia0"))
    assert known(7, proc).command == "python train.py"


@pytest.mark.parametrize("namespace", [HOST, CONTAINER])
def test_a_process_that_is_hidden_or_gone_has_no_name(tmp_path: Path, namespace: str) -> None:
    proc = process(tmp_path, namespace, b"")
    assert known(8, proc) == Known()
    assert known(7, proc).command == ""


def test_what_a_process_trains_is_told_by_files_it_holds_its_arguments_and_where_it_works(tmp_path: Path) -> None:
    command = b"python\0train.py\0--out=runs/a\0--lr\0001e-3\0/abs/b\0"
    proc = process(tmp_path, HOST, command, ("/dev/null", "socket:[1]", "/home/me/runs/a/events.out.tfevents.1"))
    (proc / "7" / "cwd").symlink_to("/home/me")
    paths = known(7, proc).paths
    assert paths[0] == "/home/me/runs/a/events.out.tfevents.1"
    assert paths[1:] == ("/home/me/train.py", "/home/me/runs/a", "/home/me/--lr", "/home/me/1e-3", "/abs/b", "/home/me")


def test_what_may_not_be_looked_at_is_left_out(tmp_path: Path) -> None:
    proc = process(tmp_path, HOST, b"python\0train.py\0", ("/home/me/log",))
    (proc / "7" / "fd" / "1").write_text("no link, so it cannot be followed")
    assert known(7, proc) == Known("python train.py", ("/home/me/log",))


def test_without_proc_nothing_is_named(tmp_path: Path) -> None:
    assert known(1, tmp_path / "absent") == Known()


def test_a_command_of_any_bytes_and_length_is_safe_and_short(tmp_path: Path) -> None:
    proc = process(tmp_path, HOST, b"\x1b]52;c;\xff\xfe" + b"x" * 100_000)
    shown = known(7, proc).command
    assert len(shown) == 40
    assert "\x1b" not in shown


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_real_proc_can_be_asked_for_any_process() -> None:
    for pid in (0, 1, 2**31, 2**40):
        known(pid)
