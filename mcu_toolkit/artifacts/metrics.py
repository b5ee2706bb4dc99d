"""How far one set of outputs is from another, in real (dequantized) values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Metrics:
    """The error metrics that ST's validation prints, of a prediction p against a reference r, flattened over all samples."""

    rmse: float
    """sqrt(mean((r - p)^2))"""
    mae: float
    """mean(|r - p|)"""
    l2r: float
    """|r - p| / |p|, Euclidean norms; infinite where p is all zeros and r is not"""
    mean: float
    """mean(r - p)"""
    std: float
    """Standard deviation of r - p with n - 1 in the denominator; 0 for one value"""
    nse: float
    """Nash-Sutcliffe efficiency, 1 - mean((r - p)^2) / (variance of r with n - 1 + eps); 1 is perfect"""
    cos: float
    """Cosine of the angle between r and p; 1 where both are equal"""
    acc: float | None = None
    """Classifiers: share of samples whose largest element is at the same index."""
    confusion: tuple[tuple[int, ...], ...] = ()
    """Classifiers: samples by class of the reference (row) and class of the prediction (column)."""
