"""CSV and Parquet files as rows."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any, Final

from gomend.slo.history import Grid, Reading
from gomend.slo.objective import Sli
from gomend.slo.sources.rows import BadRows, lay

SIZE: Final = 1 << 30
"""Bytes of a file at most."""


def read(sli: Sli, folder: str, grid: Grid, spans: Sequence[int] = (), factor: Fraction = Fraction(1)) -> Reading:
    """The periods of an SLI from a file; a relative path counts from ``folder``."""
    path = os.path.join(folder, sli.path)
    try:
        if os.path.getsize(path) > SIZE:
            return Reading(problem=f"{sli.path} is larger than {SIZE >> 20} MiB")
        return lay(sli, _csv(path) if sli.kind == "csv" else _parquet(path), grid, spans, factor)
    except OSError as error:
        return Reading(problem=f"{sli.path}: {error.strerror or error}")
    except (BadRows, csv.Error, UnicodeDecodeError) as error:
        return Reading(problem=f"{sli.path}: {error}")


def _csv(path: str) -> Iterator[dict[str, Any]]:
    with open(path, encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        names = reader.fieldnames or []
        if len(set(names)) != len(names):
            raise BadRows("a column stands twice in the first line")
        for row in reader:
            if None in row or None in row.values():
                raise BadRows(f"line {reader.line_num} has more or fewer cells than the first line has names")
            yield row


def _parquet(path: str) -> Iterator[dict[str, Any]]:
    try:
        from pyarrow import ArrowException, parquet
    except ImportError:
        raise BadRows("Parquet needs pyarrow: pip install 'gomend[slo]'") from None
    try:
        file = parquet.ParquetFile(path)
        for batch in file.iter_batches():
            yield from batch.to_pylist()
    except ArrowException as error:
        raise BadRows(f"no Parquet: {str(error).splitlines()[0]}") from None
