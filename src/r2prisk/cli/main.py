"""The root of the command line."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from r2prisk.about import CAUTION, __version__
from r2prisk.cli.accountability import accountability
from r2prisk.cli.brief import brief
from r2prisk.cli.catalogue import app as catalogue_app
from r2prisk.cli.changes import collect_next, smallest_changes, what_if
from r2prisk.cli.contrast import contrast
from r2prisk.cli.demo import demo
from r2prisk.cli.evidence import read, template
from r2prisk.cli.exchange import open_, pack
from r2prisk.cli.focalpoint import app as focalpoint_app
from r2prisk.cli.forecast import backtest, forecast
from r2prisk.cli.lens import app as lens_app
from r2prisk.cli.match import match
from r2prisk.cli.report import report
from r2prisk.cli.score import score
from r2prisk.cli.verify import verify
from r2prisk.cli.watch import alert, trajectory, watch
from r2prisk.cli.why import audit, explain, sensitivity, uncertainty
from r2prisk.errors import R2PRiskError

app = typer.Typer(
    name="r2prisk",
    help="Country risk and resilience scores for atrocity prevention, from the UN's frameworks.",
    epilog=CAUTION,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(catalogue_app, name="catalogue")
app.command()(demo)
app.command()(template)
app.command()(read)
app.command()(score)
app.command()(watch)
app.command()(trajectory)
app.command()(alert)
app.command()(backtest)
app.command()(forecast)
app.command()(verify)
app.command()(explain)
app.command()(uncertainty)
app.command()(sensitivity)
app.command()(audit)
app.command()(what_if)
app.command()(smallest_changes)
app.command()(collect_next)
app.command()(contrast)
app.command()(match)
app.add_typer(lens_app, name="lens")
app.command()(accountability)
focalpoint_app.command()(pack)
focalpoint_app.command("open")(open_)
app.add_typer(focalpoint_app, name="focalpoint")
app.command()(brief)
app.command()(report)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"r2prisk {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Country risk and resilience scores for atrocity prevention, from the UN's frameworks."""


def main() -> None:
    """Run the command; a foreseen fault is one message and exit code 2."""
    try:
        app()
    except R2PRiskError as error:
        typer.echo(f"Error: {error}", err=True)
        sys.exit(2)
    except OSError as error:
        # a full disk, a lost drive: nothing that an input could have told
        typer.echo(f"Error: {error.strerror or error}", err=True)
        sys.exit(2)
