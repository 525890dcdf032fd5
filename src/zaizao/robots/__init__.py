"""Robots and their management centre: items with leases, workers, credentials, hours, evidence, a log of their runs."""

from zaizao.robots.browser import Browser, chromium
from zaizao.robots.credentials import Credentials
from zaizao.robots.errors import BusinessException, RobotError, SystemException, refused
from zaizao.robots.items import ENDED, NEXT, Happening, Item, ItemState, NewItem, QueueState, Run
from zaizao.robots.journal import to_log
from zaizao.robots.robot import Robot, Work, load, robot, robots_in
from zaizao.robots.running import Tally, Worker
from zaizao.robots.schedule import Freeze, Hours, Schedule
from zaizao.robots.store import RobotStore

__all__ = [
    "ENDED",
    "NEXT",
    "Browser",
    "BusinessException",
    "Credentials",
    "Freeze",
    "Happening",
    "Hours",
    "Item",
    "ItemState",
    "NewItem",
    "QueueState",
    "Robot",
    "RobotError",
    "RobotStore",
    "Run",
    "Schedule",
    "SystemException",
    "Tally",
    "Work",
    "Worker",
    "chromium",
    "load",
    "refused",
    "robot",
    "robots_in",
    "to_log",
]
