"""Commands of GPU processes are short, without secrets, and only shown if the PID surely means that process."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossmon.gpu import ProcessInfo, read_process_info, short_command

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
def test_a_command_is_program_and_script_without_arguments_that_may_be_secret(arguments: list[str], shown: str) -> None:
    assert short_command(arguments) == shown


@given(st.lists(st.text(), min_size=1))
def test_no_command_line_crashes(arguments: list[str]) -> None:
    short_command(arguments)


def make_proc(proc: Path, namespace: str, command: bytes, open_files: tuple[str, ...] = ()) -> Path:
    """Write a /proc where lossmon is in *namespace* and process 7 runs *command* with *open_files*."""
    (proc / "self" / "ns").mkdir(parents=True)
    (proc / "self" / "ns" / "pid").symlink_to(namespace)
    (proc / "7" / "fd").mkdir(parents=True)
    (proc / "7" / "cmdline").write_bytes(command)
    for number, target in enumerate(open_files):
        (proc / "7" / "fd" / str(number)).symlink_to(target)
    return proc


def test_on_the_host_a_process_is_named(tmp_path: Path) -> None:
    proc = make_proc(tmp_path, HOST, b"/usr/bin/python3\0/home/me/train.py\0--lr\0001e-3\0")
    assert read_process_info(7, proc).command == "python train.py"


def test_in_a_container_a_process_without_a_gpu_open_is_not_named(tmp_path: Path) -> None:
    proc = make_proc(tmp_path, CONTAINER, b"nginx\0", open_files=("/dev/null", "socket:[1]"))
    assert read_process_info(7, proc).command == ""


def test_in_a_container_a_process_with_a_gpu_open_is_named(tmp_path: Path) -> None:
    proc = make_proc(tmp_path, CONTAINER, b"python\0train.py\0", open_files=("/dev/null", "/dev/nvidia0"))
    assert read_process_info(7, proc).command == "python train.py"


@pytest.mark.parametrize("namespace", [HOST, CONTAINER])
def test_a_process_that_is_hidden_or_has_ended_is_not_named(tmp_path: Path, namespace: str) -> None:
    proc = make_proc(tmp_path, namespace, b"")
    assert read_process_info(8, proc) == ProcessInfo()
    assert read_process_info(7, proc).command == ""


def test_the_paths_are_open_files_then_arguments_then_the_working_directory(tmp_path: Path) -> None:
    command = b"python\0train.py\0--out=runs/a\0--lr\0001e-3\0/abs/b\0"
    proc = make_proc(tmp_path, HOST, command, ("/dev/null", "socket:[1]", "/home/me/runs/a/events.out.tfevents.1"))
    (proc / "7" / "cwd").symlink_to("/home/me")
    paths = read_process_info(7, proc).paths
    assert paths[0] == "/home/me/runs/a/events.out.tfevents.1"
    assert paths[1:] == ("/home/me/train.py", "/home/me/runs/a", "/home/me/--lr", "/home/me/1e-3", "/abs/b", "/home/me")


def test_unreadable_paths_are_left_out(tmp_path: Path) -> None:
    proc = make_proc(tmp_path, HOST, b"python\0train.py\0", ("/home/me/log",))
    (proc / "7" / "fd" / "1").write_text("no link, so it cannot be followed")
    assert read_process_info(7, proc) == ProcessInfo("python train.py", ("/home/me/log",))


def test_without_proc_no_process_is_named(tmp_path: Path) -> None:
    assert read_process_info(1, tmp_path / "absent") == ProcessInfo()


def test_any_command_is_shown_safe_and_short(tmp_path: Path) -> None:
    proc = make_proc(tmp_path, HOST, b"\x1b]52;c;\xff\xfe" + b"x" * 100_000)
    shown = read_process_info(7, proc).command
    assert len(shown) == 40
    assert "\x1b" not in shown


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_any_pid_can_be_read_from_the_real_proc() -> None:
    for pid in (0, 1, 2**31, 2**40):
        read_process_info(pid)
