"""What frameworks print: train and validation are found without knowing which framework it is."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.support.decoding import claiming_format, decoded_output, values

from lossmon.core.text import Name
from lossmon.runs import choose_tags

TRAIN, VAL = [2.5, 1.75, 1.25, 1.125], [2.75, 2.25, 2.125, 2.25]


def timm(e: int, t: float, v: float) -> str:
    train = "".join(f"Train: {e} [{i:>4d}/99 ( 0%)]  Loss: {t:.4g} ({t:.3g})  Time: 0.5s,  240/s\n" for i in (0, 99))
    test = "".join(
        f"Test: [{i:>4d}/48]  Time: 1.0 (1.0)  Loss:  9.0 ({v:>6.4f})  Acc@1: 10.1 (10.1)\n" for i in (0, 48)
    )
    return train + test + test.replace("Test", "Test (EMA)").replace("(2", "(7")


def swin(e: int, t: float, v: float) -> str:
    train = (
        f"[2021-04-13 10:00:00 base] (main.py 226): INFO Train: [{e}/4][{{}}/99]\teta 0:10\tloss {t:.4f} ({t:.4f})\n"
    )
    return train.format(0) + train.format(99) + f"(main.py 273): INFO Test: [9/9]\tTime 0.9 (0.9)\tLoss 9.0 ({v:.4f})\n"


def allennlp(e: int, t: float, v: float) -> str:
    logger = "2019-10-15 12:45:23,697 - INFO - allennlp.training.callbacks.console_logger - "
    return (
        f"{logger}Epoch {e}/3\n{logger}Training\n\rloss: {t:.4f} ||: 100%|##| 9/9 [00:37<00:00,  3.32it/s]\n"
        f"{logger}Validating\n\rloss: {v:.4f} ||: 100%|##| 3/3 [00:02<00:00, 14.47it/s]\n"
        f"{logger}               Training |  Validation\n{logger}memory_MB |  1919.684  |       N/A\n"
        f"{logger}loss      |  {t:8.3f}  |  {v:8.3f}\n"
    )


def xgboost(e: int, t: float, v: float) -> str:
    return f"[{e}]\tvalidation_0-rmse:{t:.5f}\tvalidation_1-rmse:{v:.5f}\n"


def xgboost_with_times(e: int, t: float, v: float) -> str:
    return f"[12:00:0{e}] [{e}]\ttrain-rmse:{t:.5f}+0.01\ttest-rmse:{v:.5f}+0.02\n"


def paddle(e: int, t: float, v: float) -> str:
    bar = "step  3/9 [=>..] - loss: 9.0 - acc: 0.8 - ETA: 2s\b\b\b\b\r"
    train = f"Epoch {e + 1}/4\n{bar}step 9/9 [====] - loss: {t} - acc: 0.9 - 8ms/step        \n"
    return f"{train}Eval begin...\nstep 3/3 [====] - loss: {v} - acc: 0.9 - 6ms/step\nEval samples: 428\n"


def paddle_classification(e: int, t: float, v: float) -> str:
    logger = "[2022/04/04 17:51:12] root INFO: "
    return (
        f"{logger}[Train][Epoch {e + 1}/4][Avg]CELoss: {t}, loss: {t}\n"
        f"{logger}[Eval][Epoch {e + 1}][Avg]CELoss: {v}, loss: {v}\n"
    )


def torchtitan(e: int, t: float, v: float) -> str:
    line = "[titan] 19:45:01,496 - root - INFO - \x1b[31m{}step: {:2}  \x1b[32mloss: {:7.4f}  \x1b[39mtps: 1,2\n"
    return line.format("", 10 * e + 1, t) + line.format("validate ", 10 * e + 1, v)


def deepspeed_chat(e: int, t: float, v: float) -> str:
    steps = "".join(f"Epoch: {e}, Step: {step}, Rank: 0, loss = {t}\n" for step in (0, 50))
    return (
        f"Beginning of Epoch {e + 1}/4\n{steps}***** Evaluating perplexity, Epoch {e + 1}/4 *****\nppl: 9, loss: {v}\n"
    )


def hugging_face_examples(e: int, t: float, v: float) -> str:
    epoch = f"'epoch': {e + 1}.0}}\n"
    log = f"{{'loss': {t}, {epoch}***** Running Evaluation *****\n{{'eval_loss': {v}, {epoch}"
    summary = "***** train metrics *****\n  epoch      =  4.0\n  train_loss =  1.5\n***** eval metrics *****\n"
    return f"{log}{summary}  eval_loss =  9.5\n" if e == 3 else log


def mmengine_by_iterations(e: int, t: float, v: float) -> str:
    return (
        f"INFO - Iter(train) [{100 * e + 100:>5d}/400]  lr: 1.0e-03  loss: {t:.4f}\n"
        f"INFO - Iter(val) [ 50/500]    eta: 0:00:03  time: 0.01\n"
        f"INFO - Iter(val) [500/500]    mIoU: 0.9  loss: {v:.4f}  time: 0.01\n"
    )


def litgpt(e: int, t: float, v: float) -> str:
    return (
        f"Epoch {e + 1} | iter {e + 1} step {e + 1} | loss train: {t:.3f}, val: {v:.3f} | iter time: 10.00 ms (step)\n"
    )


def flair(e: int, t: float, v: float) -> str:
    steps = "".join(f"0:00 epoch {e + 1} - iter {step}/9 - loss {t:.8f} - lr: 0.1\n" for step in (3, 9))
    return f"{steps}0:00 EPOCH {e + 1} done: loss {t} - lr 0.1\n0:00 DEV : loss {v} - f1-score (micro avg)  0.5\n"


def pytorch_quickstart(e: int, t: float, v: float) -> str:
    return f"Epoch {e + 1}\n-----\nloss: {t:>7f}  [   64/60000]\nTest Error: \n Accuracy: 50.1%, Avg loss: {v:>8f} \n\n"


def mxnet(e: int, t: float, v: float) -> str:
    return f"INFO:root:Epoch[{e}] Train-cross-entropy={t}\nINFO:root:Epoch[{e}] Validation-cross-entropy={v}\n"


def opennmt(e: int, t: float, v: float) -> str:
    return f"[INFO] Step {50 * e + 50}/200; acc:   5.00; ppl: {t:6.3f}; xent: 6\n[INFO] Validation perplexity: {v}\n"


def espnet(e: int, t: float, v: float) -> str:
    return f"INFO: {e + 1}epoch results: [train] iter_time=1e-4, loss={t}, time=10 seconds, [valid] loss={v}, acc=0.9\n"


def padded(e: int, t: float, v: float) -> str:
    return f"epoch      = {e}\ntrain_loss = {t}\nval_loss   = {v}\n"


def sides_of_one_loss(e: int, t: float, v: float) -> str:
    return f"[{e + 1:03d}/004] Loss: train {t:.4f}, val {v:.4f}\n"


def arrows(e: int, t: float, v: float) -> str:
    return f"ep {e + 1} | tr_loss -> {t} | va_loss -> {v}\n"


def informer(e: int, t: float, v: float) -> str:
    steps = f"\titers: 100, epoch: {e + 1} | loss: 9.0\n\tspeed: 0.1962s/iter; left time: 189.2880s\n"
    return f"{steps}Epoch: {e + 1}, Steps: 266 | Train Loss: {t:.7f} Vali Loss: {v:.7f} Test Loss: 7.0\n"


def bars_of_both_sides(e: int, t: float, v: float) -> str:
    bar = f"\rEpoch {e + 1}/4 [{{}}]: 100%|##| 2/2 [00:01<00:01, loss={{}}]"
    return bar.format("Train", 9.5) + bar.format("Train", t) + "\n" + bar.format("Val", v) + "\n\n"


def columns_between_bars(e: int, t: float, v: float) -> str:
    header = " Epoch  |  Train Loss  |  Val Loss  |  Val Acc  |  Elapsed \n" + "-" * 60 + "\n"
    row = f"   {e + 1}    |   {t:.6f}   |  {v:.6f}  |   88.35   |  259.20  \nEarlyStopping counter: 1 out of 3\n"
    return row if e else header + row


FRAMEWORKS: list[Callable[[int, float, float], str]] = [
    timm, swin, allennlp, xgboost, xgboost_with_times, paddle, paddle_classification, torchtitan, deepspeed_chat,
    hugging_face_examples, mmengine_by_iterations, litgpt, flair, pytorch_quickstart, mxnet, opennmt, espnet, padded,
    sides_of_one_loss, arrows, informer, bars_of_both_sides, columns_between_bars,
]  # fmt: skip


@pytest.mark.parametrize("printed", FRAMEWORKS, ids=lambda printed: printed.__name__)
def test_train_and_validation_are_found(printed: Callable[[int, float, float], str]) -> None:
    text = "".join(printed(epoch, *losses) for epoch, losses in enumerate(zip(TRAIN, VAL, strict=True))).encode()
    assert claiming_format("train.log", text[:4096]) == "text"
    points = decoded_output(text)
    roles = choose_tags({Name.of(tag): len(values(points, tag)) for tag in points})
    (train,), (val,) = roles.train, roles.val
    assert sorted(set(values(points, train.raw)), reverse=True) == TRAIN
    assert values(points, val.raw) == VAL
    assert roles.same_metric


def test_darknet_prints_the_name_of_its_loss_behind_the_number() -> None:
    text = "".join(f" {n}: 9.551411, {t:.6f} avg loss, 0.000018 rate, 9.0 seconds\n" for n, t in enumerate(TRAIN))
    assert claiming_format("train.log", text.encode()) == "text"
    assert values(decoded_output(text), b"avg loss") == TRAIN
