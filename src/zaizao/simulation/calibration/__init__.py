"""Calibration: read a scenario off a log and a process."""

from zaizao.simulation.calibration.reading import calibrate

__all__ = ["calibrate"]
