"""Documents: from a picture to checked fields; comparison, seals, ciphers; synthetic documents to test with."""

from zaizao.documents.amounts import day, plain_amount, spell, spelled_amount
from zaizao.documents.ciphers import open_text, seal_text, sm3
from zaizao.documents.comparison import (
    Agreeing,
    Change,
    Difference,
    Piece,
    SentenceChange,
    compare,
    text_changes,
)
from zaizao.documents.drawing import cjk_face
from zaizao.documents.errors import DocumentError
from zaizao.documents.extraction import SURE, Extract, Field, extract, kind_of
from zaizao.documents.kinds import KINDS, Agreement, DocumentKind, FieldRule, KindRule
from zaizao.documents.numbers import (
    Identity,
    credit_check,
    identity_check,
    identity_of,
    is_card_number,
    is_credit_code,
    luhn_check,
)
from zaizao.documents.page import Box, Page, Word
from zaizao.documents.reading import codes, pictures, read_document, read_documents, recognise
from zaizao.documents.seals import SealCheck, SealedFile, check_seals, seal, seal_code, signer
from zaizao.documents.synthetic import Quality, Synthetic, as_file, make, spoil

__all__ = [
    "KINDS",
    "SURE",
    "Agreeing",
    "Agreement",
    "Box",
    "Change",
    "Difference",
    "DocumentError",
    "DocumentKind",
    "Extract",
    "Field",
    "FieldRule",
    "Identity",
    "KindRule",
    "Page",
    "Piece",
    "Quality",
    "SealCheck",
    "SealedFile",
    "SentenceChange",
    "Synthetic",
    "Word",
    "as_file",
    "check_seals",
    "cjk_face",
    "codes",
    "compare",
    "credit_check",
    "day",
    "extract",
    "identity_check",
    "identity_of",
    "is_card_number",
    "is_credit_code",
    "kind_of",
    "luhn_check",
    "make",
    "open_text",
    "pictures",
    "plain_amount",
    "read_document",
    "read_documents",
    "recognise",
    "seal",
    "seal_code",
    "seal_text",
    "signer",
    "sm3",
    "spell",
    "spelled_amount",
    "spoil",
    "text_changes",
]
