"""Local linear trends of many series at once: Kalman filter and Rauch-Tung-Striebel smoother.

Every series follows ``y = level + noise``, ``level' = level + step * slope + disturbance`` and
``slope' = slope + disturbance``. Nothing is known of a series before its first value, and nothing
of its slope before the second. Series stand in the first axis, periods in the second; the loops
go over periods only.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

DIFFUSE = 1e4
"""Variance of a slope of which nothing is known, in squared scores per period: a slope of 100
scores a period is as good as unlimited, and small enough for double precision to keep the rest."""


@dataclasses.dataclass(frozen=True)
class States:
    """Level and slope of every series in every period, with their variances.

    Parameters
    ----------
    level, slope : array of float, shape (s, t)
        Means; the slope in scores a year. NaN before the first value (slope: the second).
    var_level, covariance, var_slope : array of float, shape (s, t)
        Their variances and covariance.
    """

    level: Floats
    slope: Floats
    var_level: Floats
    covariance: Floats
    var_slope: Floats


@dataclasses.dataclass(frozen=True)
class Filtered(States):
    """What could be known in each period, and how each value compared with what was expected.

    Parameters
    ----------
    surprise : array of float, shape (s, t)
        Value less the forecast made one period before, in standard deviations of that forecast;
        NaN where there was no value or no forecast yet.
    spread : array of float, shape (s, t)
        Variance of that forecast.
    log_likelihood : array of float, shape (s,)
        Of each series' values given its first two.
    """

    surprise: Floats
    spread: Floats
    log_likelihood: Floats


def filter_trends(
    values: Floats,
    *,
    noise: Floats,
    level_disturbance: Floats,
    slope_disturbance: Floats,
    step: float = 1.0,
    sloping: bool = True,
) -> Filtered:
    """Return what the values up to each period tell of level and slope.

    Kalman filter: predict ``level + step * slope``, correct by the gain ``P / (P + noise)`` times
    the innovation. A period without a value only predicts, so its interval widens.

    Parameters
    ----------
    values : array of float, shape (s, t)
        Scores; NaN is unknown.
    noise : array of float, shape (s, t) or broadcastable, > 0
        Variance of each value about its level.
    level_disturbance : array of float, shape (s, t) or broadcastable, >= 0
        Variance that the level gains from the period before to this one.
    slope_disturbance : array of float, shape (s,) or broadcastable, >= 0
        Variance that the slope gains from one period to the next, per year squared.
    step : float
        Years from one period to the next, > 0.
    sloping : bool
        False holds every slope at zero (a local level, the case of no trend).

    Notes
    -----
    Durbin, J. & Koopman, S. J. (2012). Time Series Analysis by State Space Methods, chapters 2-5,
    doi:10.1093/acprof:oso/9780199641178.001.0001.

    Examples
    --------
    >>> line = np.array([[0.1, 0.2, np.nan, 0.4]])
    >>> found = filter_trends(line, noise=np.array([[1e-4]]),
    ...     level_disturbance=np.array([[1e-4]]), slope_disturbance=np.array([1e-6]))
    >>> found.level.round(3).tolist(), found.slope.round(3).tolist()
    ([[0.1, 0.2, 0.3, 0.4]], [[nan, 0.1, 0.1, 0.1]])
    """
    y = np.ascontiguousarray(values.T)
    periods, series = y.shape
    h = np.broadcast_to(noise, values.shape).T
    q = np.broadcast_to(level_disturbance, values.shape).T
    level, slope, p11, p12, p22, surprise, spreads = (
        np.full((periods, series), np.nan) for _ in range(7)
    )
    likelihood = np.zeros(series)
    unknown_slope = DIFFUSE / step**2 if sloping else 0.0
    a, b = np.full(series, np.nan), np.zeros(series)
    p, c, s = np.zeros(series), np.zeros(series), np.full(series, unknown_slope)
    count = np.zeros(series, dtype=np.intp)
    enough = 2 if sloping else 1
    for t in range(periods):
        a, b, p, c, s = _predict(a, b, p, c, s, q[t], slope_disturbance, step)
        # until a series starts nothing is predicted, so nothing may grow either
        waiting = count == 0
        s = np.where(waiting, unknown_slope, s)
        seen = ~np.isnan(y[t])
        spread = p + h[t]
        spreads[t] = np.where(count >= enough, spread, np.nan)
        innovation = y[t] - a
        ready = seen & (count >= enough)
        surprise[t] = np.where(ready, innovation / np.sqrt(spread), np.nan)
        likelihood[ready] -= 0.5 * (np.log(2 * np.pi * spread[ready]) + surprise[t][ready] ** 2)
        first, later = seen & waiting, seen & ~waiting
        gain, turn = p / spread, c / spread
        a = np.where(later, a + gain * innovation, np.where(first, y[t], a))
        b = np.where(later, b + turn * innovation, b)
        s = np.where(later, s - turn * c, s)
        # p (1 - gain) as p h / (p + h): no difference of large numbers
        p = np.where(later, gain * h[t], np.where(first, h[t], p))
        c = np.where(later, c * h[t] / spread, np.where(waiting, 0.0, c))
        count += seen
        level[t], p11[t], p12[t], p22[t] = a, np.where(count > 0, p, np.nan), c, s
        slope[t] = np.where(count >= enough, b, np.nan)
    return Filtered(level.T, slope.T, p11.T, p12.T, p22.T, surprise.T, spreads.T, likelihood)


def _predict(
    a: Floats, b: Floats, p: Floats, c: Floats, s: Floats, q: Floats, z: Floats, step: float
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Carry level, slope and their variances one period on."""
    return a + step * b, b, p + 2 * step * c + step**2 * s + q, c + step * s, s + z


def gains(
    p: Floats, c: Floats, s: Floats, q: Floats, z: Floats, step: float
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the smoother's gain ``J = P F' / (F P F' + Q)``, element by element.

    The large terms of a slope that is not known yet are cancelled by hand.

    Parameters
    ----------
    p, c, s : array of float
        Variance of level, covariance, variance of slope, given the values so far.
    q, z : array of float
        Variances that level and slope gain into the next period.
    step : float
        Years from one period to the next.

    Examples
    --------
    >>> one = np.array(1.0)
    >>> float(gains(one, 0 * one, one, one, 0 * one, 1.0)[0])  # half of a surprise is undone
    0.5
    """
    now = p * s - c * c
    det = now + q * (s + z) + z * (p + 2 * step * c + step**2 * s)
    with np.errstate(invalid="ignore", divide="ignore"):
        j11, j12 = (now + z * (p + step * c)) / det, (c * q - step * now) / det
        j21, j22 = z * (c + step * s) / det, (now + s * q) / det
    return j11, j12, j21, j22


def smooth_trends(
    filtered: Filtered,
    *,
    level_disturbance: Floats,
    slope_disturbance: Floats,
    step: float = 1.0,
) -> States:
    """Return what all values together tell of level and slope in each period.

    Rauch-Tung-Striebel: from the last period back, ``x_t + J (x_{t+1} - forecast of it)`` with
    ``J = P_t F' / P_{t+1|t}``.

    Parameters
    ----------
    filtered : Filtered
        From :func:`filter_trends`, sloping, with the same disturbances and step.
    level_disturbance, slope_disturbance, step
        As there.

    Notes
    -----
    Rauch, H. E., Tung, F. & Striebel, C. T. (1965), doi:10.2514/3.3166.

    Examples
    --------
    >>> line = np.array([[0.1, 0.2, np.nan, 0.4]])
    >>> how = dict(level_disturbance=np.array([[1e-4]]), slope_disturbance=np.array([1e-6]))
    >>> back = smooth_trends(filter_trends(line, noise=np.array([[1e-4]]), **how), **how)
    >>> back.slope.round(3).tolist()
    [[0.1, 0.1, 0.1, 0.1]]
    """
    f = filtered
    q = np.broadcast_to(level_disturbance, f.level.shape).T
    level, p11, p12, p22 = (
        np.array(x.T) for x in (f.level, f.var_level, f.covariance, f.var_slope)
    )
    # a slope that is not known yet is held at its starting value, as the filter does
    slope = np.array(np.where(np.isnan(f.slope), 0.0, f.slope).T)
    # a series with one value has a level and never a slope
    sloping = ~np.isnan(f.slope).all(axis=1, keepdims=True) & ~np.isnan(f.level)
    for t in range(len(level) - 2, -1, -1):
        a, b, p, c, s = level[t], slope[t], p11[t], p12[t], p22[t]
        fa, fb, fp, fc, fs = _predict(a, b, p, c, s, q[t + 1], slope_disturbance, step)
        j11, j12, j21, j22 = gains(p, c, s, q[t + 1], slope_disturbance, step)
        da, db = level[t + 1] - fa, slope[t + 1] - fb
        dp, dc, ds = p11[t + 1] - fp, p12[t + 1] - fc, p22[t + 1] - fs
        level[t], slope[t] = a + j11 * da + j12 * db, b + j21 * da + j22 * db
        p11[t] = p + j11 * (j11 * dp + j12 * dc) + j12 * (j11 * dc + j12 * ds)
        p12[t] = c + j11 * (j21 * dp + j22 * dc) + j12 * (j21 * dc + j22 * ds)
        p22[t] = s + j21 * (j21 * dp + j22 * dc) + j22 * (j21 * dc + j22 * ds)
    return States(level.T, np.where(sloping, slope.T, np.nan), p11.T, p12.T, p22.T)
