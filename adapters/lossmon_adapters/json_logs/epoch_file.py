"""A JSON file for each epoch, as AllenNLP writes ``metrics_epoch_3.json``."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import TYPE_CHECKING

from lossmon.core.metric_names import EPOCH_NAMES, is_loss
from lossmon.sources.protocol import BaseAdapter, RunLayout
from lossmon_adapters.json_logs.parse import decode_text, parse_json
from lossmon_adapters.shared.fields import number_names
from lossmon_adapters.shared.heads import may_name_metric, suffix_of

if TYPE_CHECKING:
    from lossmon.sources.protocol import Decoder

_NUMBERED = re.compile(r"\d\Z")


class JsonEpochFile(BaseAdapter):
    """An object with the epoch and its losses, in a file with a number at the end of its name."""

    name = "json-epoch"
    priority = 31
    run_layout = RunLayout.FILE_PER_EPOCH

    def claims(self, path: PurePath, head: bytes) -> bool:
        """Return whether the file is an object with an epoch and a loss, and has a number."""
        if suffix_of(path) != ".json" or not _NUMBERED.search(path.stem) or not may_name_metric(head):
            return False
        record = parse_json(decode_text(head))
        names = number_names(record) if isinstance(record, dict) else []
        return any(name in EPOCH_NAMES for name in names) and any(map(is_loss, names))

    def decoder(self) -> Decoder:
        """Return a new decoder for one file."""
        from lossmon_adapters.json_logs.objects import ObjectsDecoder

        return ObjectsDecoder()
