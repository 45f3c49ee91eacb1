"""Run the notebooks of this folder: in place, or as copies whose outputs are compared.

``python notebooks/run.py`` executes every notebook and keeps its outputs. With ``--check`` copies
are executed instead, and the exit code is 1 if a cell fails or prints something else than what is
stored. Give names to run only some: ``python notebooks/run.py first_scores.ipynb``. Pictures are
compared by their descriptions.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

FOLDER = Path(__file__).resolve().parent
TIMEOUT = 300
"""Seconds that a cell may take."""

VOLATILE = (
    (re.compile(r"\x1b\[[0-9;]*m"), ""),
    (re.compile(r"\b0x[0-9a-f]{6,}\b"), "0x..."),
    (re.compile(r"[ \t]+$", re.MULTILINE), ""),
)
"""What may differ between two runs: colours, addresses in memory, blanks at the end of a line."""


FROM_FILES = ("world.ipynb",)
"""Stored as executed on the public files in R2PRISK_DATA; without them a stand-in is executed."""


def main(words: list[str] | None = None) -> int:
    """Run or check the notebooks; return the exit code."""
    parser = argparse.ArgumentParser(description="Execute the notebooks of this folder.")
    parser.add_argument("names", nargs="*", help="which; all by default")
    parser.add_argument("--check", action="store_true", help="execute copies and compare outputs")
    options = parser.parse_args(words)
    paths = [FOLDER / Path(name).name for name in options.names]
    paths = paths or sorted(FOLDER.glob("*.ipynb"))
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        found = pool.map(partial(run, check=options.check), paths)
        faults = [fault for faults in found for fault in faults]
    for fault in faults:
        print(fault, file=sys.stderr)
    if not faults:
        print(f"{len(paths)} notebook(s) {'checked' if options.check else 'executed'}")
    return 1 if faults else 0


def run(path: Path, *, check: bool) -> list[str]:
    """Execute a notebook and return what is wrong with it; keep the outputs if not checking."""
    if not path.is_file():
        return [f"{path.name}: no such notebook"]
    stand_in = path.name in FROM_FILES and not os.environ.get("R2PRISK_DATA")
    if stand_in and not check:
        return [f"{path.name}: its outputs are from public files, and R2PRISK_DATA names none"]
    stored = nbformat.read(path, as_version=4)
    fresh = nbformat.read(path, as_version=4)
    client = NotebookClient(
        fresh,
        timeout=TIMEOUT,
        kernel_name="python3",
        record_timing=False,
        resources={"metadata": {"path": str(FOLDER)}},
    )
    try:
        client.execute()
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        where = next((_place(c, n) for n, c in enumerate(fresh.cells) if _failed(c)), "a cell")
        return [f"{path.name}, {where} failed:\n{_steady(str(error))}"]
    if stand_in:
        print(f"{path.name}: executed on its stand-in; outputs not compared without R2PRISK_DATA")
        return []
    if check:
        pairs = enumerate(zip(stored.cells, fresh.cells, strict=True))
        return [
            f"{path.name}, {_place(new, n)}: output differs from what is stored\n"
            f"--- stored\n{texts(old)}\n--- now\n{texts(new)}"
            for n, (old, new) in pairs
            if texts(old) != texts(new)
        ]
    fresh.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    scratch = path.with_suffix(".ipynb.new")
    nbformat.write(fresh, scratch)
    scratch.replace(path)
    return []


def texts(cell: Any) -> str:
    """Return the text that a cell put out, without what may differ between two runs."""
    parts: list[str] = []
    for output in cell.get("outputs", []):
        if output.output_type == "stream":
            parts.append(output.text)
        else:
            parts.append(output.get("data", {}).get("text/plain", ""))
    return _steady("\n".join(parts))


def _steady(text: str) -> str:
    for pattern, instead in VOLATILE:
        text = pattern.sub(instead, text)
    return text.strip()


def _failed(cell: Any) -> bool:
    return any(output.output_type == "error" for output in cell.get("outputs", []))


def _place(cell: Any, number: int) -> str:
    """Name a cell by its place and its first line."""
    first = cell.source.strip().split("\n", 1)[0]
    return f"cell {number + 1} (`{first}`)"


if __name__ == "__main__":
    sys.exit(main())
