"""Trajectories: level, slope and turning points of scores over time, and early warning."""

from r2prisk.scoring.choices import Trend
from r2prisk.trajectories.contagion import contagion, neighbours
from r2prisk.trajectories.fit import fit_trend
from r2prisk.trajectories.plane import plane, time_in_quadrants
from r2prisk.trajectories.projection import crossings, project
from r2prisk.trajectories.regional import Regional, divergence, regional
from r2prisk.trajectories.story import story
from r2prisk.trajectories.trends import Course, Trajectories, trajectories
from r2prisk.trajectories.turning import episodes, turning_points
from r2prisk.trajectories.words import Movement, erosion, movements, words

__all__ = [
    "Course",
    "Movement",
    "Regional",
    "Trajectories",
    "Trend",
    "contagion",
    "crossings",
    "divergence",
    "episodes",
    "erosion",
    "fit_trend",
    "movements",
    "neighbours",
    "plane",
    "project",
    "regional",
    "story",
    "time_in_quadrants",
    "trajectories",
    "turning_points",
    "words",
]
