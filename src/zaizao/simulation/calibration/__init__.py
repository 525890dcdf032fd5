"""Calibration: a scenario read off a log (``reading.calibrate``), as plain or as detailed as ``detail.Detail`` asks."""
