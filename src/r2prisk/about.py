"""The version and the caution, each in one place."""

from importlib.metadata import PackageNotFoundError, version

CAUTION = "A score is not a finding: risk is not proof, and absence of data is not safety."

try:
    __version__ = version("r2prisk")
except PackageNotFoundError:  # run from a checkout that was never installed
    __version__ = "0+checkout"
