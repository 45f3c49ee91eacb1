"""What is measured: frameworks, factors, indicators, and how they map onto each other."""

from r2prisk.catalogue.load import (
    FRAMEWORKS,
    framework_schema,
    load_crosswalk,
    load_framework,
    load_mechanisms,
    load_overlaps,
    load_words,
)
from r2prisk.catalogue.models import (
    CRIMES,
    Cluster,
    Crosswalk,
    Factor,
    Framework,
    Indicator,
    Mechanism,
)

__all__ = [
    "CRIMES",
    "FRAMEWORKS",
    "Cluster",
    "Crosswalk",
    "Factor",
    "Framework",
    "Indicator",
    "Mechanism",
    "framework_schema",
    "load_crosswalk",
    "load_framework",
    "load_mechanisms",
    "load_overlaps",
    "load_words",
]
