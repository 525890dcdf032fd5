"""FEEL, the expression language of DMN 1.5: parse, check, compile to Python, evaluate.

Text becomes an ``Expression`` or ``UnaryTests`` by ``compile`` and ``compile_unary``; ``check`` lists what is wrong
with a text instead. Evaluation never raises: what has no value is null.
"""

from .checks import check, check_unary
from .convert import from_feel, to_feel
from .decimal128 import DECIMAL128
from .errors import FeelError
from .expression import Expression, UnaryTests, compile, compile_unary, read_type, scope
from .functions import BUILT_INS
from .iso import parse_date, parse_date_time, parse_duration, parse_time
from .scope import Names
from .session import batch, evaluation
from .texts import string_of
from .types import (
    ANY,
    BUILT_IN_TYPES,
    ContextType,
    FeelType,
    FunctionType,
    ListType,
    RangeType,
    SimpleType,
    coerce,
    conforms,
    instance_of,
    spell,
    subtype,
)
from .values import (
    Context,
    Date,
    DateTime,
    DaysTime,
    Function,
    Parameter,
    Range,
    Time,
    Value,
    YearsMonths,
)

__all__ = [
    "ANY",
    "BUILT_INS",
    "BUILT_IN_TYPES",
    "DECIMAL128",
    "Context",
    "ContextType",
    "Date",
    "DateTime",
    "DaysTime",
    "Expression",
    "FeelError",
    "FeelType",
    "Function",
    "FunctionType",
    "ListType",
    "Names",
    "Parameter",
    "Range",
    "RangeType",
    "SimpleType",
    "Time",
    "UnaryTests",
    "Value",
    "YearsMonths",
    "batch",
    "check",
    "check_unary",
    "coerce",
    "compile",
    "compile_unary",
    "conforms",
    "evaluation",
    "from_feel",
    "instance_of",
    "parse_date",
    "parse_date_time",
    "parse_duration",
    "parse_time",
    "read_type",
    "scope",
    "spell",
    "string_of",
    "subtype",
    "to_feel",
]
