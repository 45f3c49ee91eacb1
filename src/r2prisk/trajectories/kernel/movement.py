"""How far levels moved over the last periods, with what is known at the end of them."""

from __future__ import annotations

import numpy as np

from r2prisk.trajectories.kernel.smoother import Filtered, Floats, States, gains


def movement(
    now: States,
    filtered: Filtered,
    *,
    level_disturbance: Floats,
    slope_disturbance: Floats,
    shift: Floats | None = None,
    step: float = 1.0,
    lag: int = 3,
) -> tuple[Floats, Floats]:
    """Return the movement of each level over the last ``lag`` periods, and its variance.

    ``(level_t - level_(t-lag)) / (lag * step)``, both levels as known at the end. Of each
    disturbance of the level the share ``shift / level_disturbance`` is taken out again: what
    comes from a change in what was rated is no movement. The sum is carried from the oldest
    period to the newest, ``x_(s) = E(x_s) + J_s (x_(s+1) - forecast) + e``, for all ends at once.

    Parameters
    ----------
    now : States, arrays of shape (s, t)
        What is known at the end: filtered (known then) or smoothed.
    filtered : Filtered, arrays of shape (s, t)
        From :func:`filter_trends`.
    level_disturbance : array of float, shape (s, t) or broadcastable
        As given there.
    slope_disturbance, step
        As given there.
    shift : array of float, shape (s, t), optional
        The part of ``level_disturbance`` that is no movement; none if not given.
    lag : int
        Periods, >= 1.

    Returns
    -------
    movement, variance : array of float, shape (s, t)
        In scores a year; NaN where the series is not yet ``lag`` periods old.

    Examples
    --------
    >>> from r2prisk.trajectories.kernel.smoother import filter_trends
    >>> line = np.array([[0.1, 0.2, 0.3, 0.4]])
    >>> how = dict(level_disturbance=np.array([[1e-4]]), slope_disturbance=np.array(1e-6))
    >>> found = filter_trends(line, noise=np.array([[1e-4]]), **how)
    >>> movement(found, found, **how)[0].round(3).tolist()
    [[nan, nan, nan, 0.1]]
    """
    f = filtered
    q = np.broadcast_to(level_disturbance, f.level.shape)
    z = np.broadcast_to(np.reshape(slope_disturbance, (-1, 1)), f.level.shape)
    foreign = np.zeros(q.shape) if shift is None else shift
    share = np.divide(foreign, q, out=np.zeros(q.shape), where=q > 0)
    slope = np.where(np.isnan(f.slope), 0.0, f.slope)
    spread = _square(f.var_level, f.covariance, f.covariance, f.var_slope)
    gain = _square(*gains(f.var_level, f.covariance, f.var_slope, _next(q), z, step))
    turn = np.array([[1.0, step], [0.0, 1.0]])
    past = _pair(f.level, slope)
    ahead = past @ turn.T
    forecast = turn @ spread @ turn.T + _square(_next(q), 0 * q, 0 * q, z)
    left = spread - gain @ forecast @ np.swapaxes(gain, -1, -2)

    mean, variance = np.zeros(q.shape), np.zeros(q.shape)
    weight = np.zeros((*q.shape, 2))
    for back in range(lag, 0, -1):
        # the step from t - back to t - back + 1: its disturbance without the foreign share, and
        # the slope that drove it
        own = 1.0 - _shift(share, back - 1)
        weight += _pair(-own, step * (1.0 - own))
        here = _shift(gain, back)
        mean += _dot(weight, _shift(past, back) - _times(here, _shift(ahead, back)))
        variance += _dot(weight, _times(_shift(left, back), weight))
        variance += _shift(share * (1.0 - share) * q, back - 1)
        weight = _times(np.swapaxes(here, -1, -2), weight) + _pair(own, 0.0 * own)
    mean += _dot(weight, _pair(now.level, np.where(np.isnan(now.slope), 0.0, now.slope)))
    known = _square(now.var_level, now.covariance, now.covariance, now.var_slope)
    variance += _dot(weight, _times(known, weight))
    years = lag * step
    # rounding may leave a tiny negative where all is known exactly
    return mean / years, np.maximum(variance, 0.0) / years**2


def _next(x: Floats) -> Floats:
    """Return what stands one period later; after the last, the last."""
    return np.concatenate([x[:, 1:], x[:, -1:]], axis=1)


def _shift(x: Floats, back: int) -> Floats:
    """Return what stood so many periods before; NaN before the first."""
    moved = np.full(x.shape, np.nan)
    moved[:, back:] = x[:, : max(x.shape[1] - back, 0)]
    return moved


def _dot(a: Floats, b: Floats) -> Floats:
    return (a * b).sum(axis=-1)


def _times(matrix: Floats, vector: Floats) -> Floats:
    return (matrix * vector[..., None, :]).sum(axis=-1)


def _pair(a: Floats, b: Floats) -> Floats:
    return np.stack([a, b], axis=-1)


def _square(a: Floats, b: Floats, c: Floats, d: Floats) -> Floats:
    return np.stack([_pair(a, b), _pair(c, d)], axis=-2)
