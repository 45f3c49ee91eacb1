"""Running the command in this process: any other error than its own comes through."""

import io
import sys
from contextlib import redirect_stderr, redirect_stdout
from types import SimpleNamespace

import pytest

from r2prisk.cli import main


@pytest.fixture(scope="session")
def call():
    """Run ``r2prisk`` in a folder; return exit code, output and errors."""

    def run(folder, words):
        out, err, code = io.StringIO(), io.StringIO(), 0
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            patch.chdir(folder)
            patch.setattr(sys, "argv", ["r2prisk", *words])
            try:
                main()
            except SystemExit as stop:
                code = stop.code or 0
        return SimpleNamespace(code=code, out=out.getvalue(), err=err.getvalue())

    return run


@pytest.fixture
def run(call, tmp_path):
    """Run ``r2prisk`` in the folder of the test; return exit code, output and errors."""
    return lambda *words: call(tmp_path, words)
