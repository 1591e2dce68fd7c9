"""Run README's example for one framework on a small training that overfits; exit with 1 unless it is stopped."""

from __future__ import annotations

import contextlib
import io
import os
import re
import sys
import tempfile
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"
DATA = """
import numpy as np
rng = np.random.default_rng(0)
x = rng.normal(size=(400, 20)).astype("float32")
y = (x[:, 0] + x[:, 1] * x[:, 2] + rng.normal(size=400) * 1.5 > 0).astype("int64")
x, x_val, y, y_val = x[:100], x[100:], y[:100], y[100:]
"""
TORCH = """
import torch
torch.manual_seed(1)
torch.set_num_threads(1)
def net():
    return torch.nn.Sequential(torch.nn.Linear(20, 64), torch.nn.ReLU(), torch.nn.Linear(64, 2))
sets = [torch.utils.data.TensorDataset(torch.tensor(a), torch.tensor(b)) for a, b in ((x, y), (x_val, y_val))]
loss = torch.nn.functional.cross_entropy
"""
LIGHTNING = """
from functools import partial
class Model(LightningModule):
    def __init__(self):
        super().__init__()
        self.net = net()
    def training_step(self, batch, _):
        value = loss(self.net(batch[0]), batch[1])
        self.log("train_loss", value, on_step=False, on_epoch=True)
        return value
    def validation_step(self, batch, _):
        self.log("val_loss", loss(self.net(batch[0]), batch[1]))
    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), 0.01)
model = Model()
train_loader, val_loader = (torch.utils.data.DataLoader(one, 32) for one in sets)
Trainer = partial(Trainer, accelerator="cpu", enable_progress_bar=False, enable_model_summary=False, logger=False,
                  enable_checkpointing=False)
"""
PREPARED = {
    "keras": """
import keras
keras.utils.set_random_seed(1)
model = keras.Sequential([keras.layers.Dense(64, activation="relu"), keras.layers.Dense(2)])
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
model.optimizer.learning_rate = 0.01
""",
    "lightning": TORCH + "from lightning import LightningModule, Trainer" + LIGHTNING,
    "pytorch_lightning": TORCH + "from pytorch_lightning import LightningModule, Trainer" + LIGHTNING,
    "transformers": TORCH
    + """
from transformers import Trainer, TrainingArguments
class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.net = net()
    def forward(self, x=None, labels=None):
        logits = self.net(x)
        return {"loss": loss(logits, labels), "logits": logits}
model = Model()
train, validation = ([{"x": a, "labels": int(b)} for a, b in one] for one in sets)
arguments = TrainingArguments(
    "out", num_train_epochs=60, per_device_train_batch_size=32, learning_rate=0.01, eval_strategy="epoch",
    save_strategy="epoch", logging_steps=2, report_to=[], disable_tqdm=True, use_cpu=True, load_best_model_at_end=True,
)
""",
    "xgboost": """
import xgboost
train, validation = xgboost.DMatrix(x, y), xgboost.DMatrix(x_val, y_val)
settings = {"objective": "binary:logistic", "nthread": 1}
""",
    "lightgbm": """
import lightgbm
train = lightgbm.Dataset(x, y)
validation = lightgbm.Dataset(x_val, y_val, reference=train)
settings = {"objective": "binary", "num_threads": 1, "verbose": -1, "min_data_in_leaf": 5}
""",
    "catboost": """
import catboost
model = catboost.CatBoostClassifier(
    iterations=400, depth=8, learning_rate=0.3, thread_count=1, verbose=0, allow_writing_files=False
)
""",
    "fastai": TORCH
    + """
from fastai.callback import progress
from fastai.data.core import DataLoaders
from fastai.data.load import DataLoader
from fastai.learner import Learner
learn = Learner(DataLoaders(*(DataLoader(one, bs=32) for one in sets)), net(), loss_func=loss, lr=0.01)
learn.remove_cbs([one for one in learn.cbs if type(one).__name__ == "ProgressCallback"])
learn.logger = lambda *_: None
""",
}
"""What the example of each framework presupposes."""
SHARED = {"pytorch_lightning": "lightning"}
"""Frameworks that have the example of another one."""


def example(framework: str) -> str:
    """Return README's example of *framework*."""
    (block,) = re.findall(r"(?<=<!-- callbacks -->\n).*?(?=\n<!-- /callbacks -->)", README.read_text(), re.DOTALL)
    parts = re.split(r"^    # (\w+).*\n", block, flags=re.MULTILINE)
    names = [name.lower() for name in parts[1::2]]
    code = dict(zip(names, parts[2::2], strict=True))[SHARED.get(framework, framework)]
    return "import lossmon\n" + re.sub(r"^    ", "", code, flags=re.MULTILINE)


def main(framework: str) -> int:
    """Run the example of *framework*."""
    os.environ.setdefault("KERAS_BACKEND", "torch")
    os.chdir(tempfile.mkdtemp())
    names: dict[str, object] = {}
    exec(DATA + PREPARED[framework], names)  # noqa: S102 - code of this repository
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
        exec(example(framework), names)  # noqa: S102 - README of this repository
    lines = [line for line in said.getvalue().splitlines() if line.startswith("lossmon: ")]
    print("\n    ".join((f"{framework} {sys.modules[framework].__version__}", *lines)), flush=True)
    return 0 if len(lines) == 1 and lines[0].startswith("lossmon: stopped at") else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
