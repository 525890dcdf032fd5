"""Electronic seals on PDF: a visible seal over a signature, a 12-digit code, a QR code, and their verification.

Rule kept: the signature is PAdES (ETSI EN 319 142-1) over the whole file, made by pyHanko; the seal's picture is only
its face. The 12-digit code is eleven digits of the file's SM3 digest before sealing and a Luhn digit, so it is found
again from the register and a typing slip is noticed. Verification trusts the roots that are passed in, never the
network.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from zaizao.documents.ciphers import sm3
from zaizao.documents.drawing import seal_face
from zaizao.documents.errors import refused
from zaizao.documents.numbers import luhn_check
from zaizao.problems import Text

if TYPE_CHECKING:
    from asn1crypto import x509
    from pyhanko.sign.signers import SimpleSigner


@dataclass(frozen=True, slots=True)
class SealedFile:
    """A sealed PDF and its 12-digit code."""

    data: bytes
    code: str


@dataclass(frozen=True, slots=True)
class SealCheck:
    """One signature of a file: who signed when, whether the bytes are whole, whether the signer is trusted."""

    field: str
    signer: str
    reason: str
    signed: datetime | None
    intact: bool
    trusted: bool
    whole_file: bool
    """Whether nothing was added after the signature."""

    @property
    def good(self) -> bool:
        """Everything holds."""
        return self.intact and self.trusted and self.whole_file


def seal_code(data: bytes) -> str:
    """The 12-digit code of a file before sealing."""
    body = f"{int.from_bytes(sm3(data)[:8], 'big') % 10**11:011d}"
    return body + luhn_check(body)


def signer(key_and_certificate: bytes, passphrase: bytes | None = None) -> SimpleSigner:
    """Who seals: a PKCS #12 file's bytes."""
    from pyhanko.sign.signers import SimpleSigner

    try:
        made: Any = SimpleSigner.load_pkcs12_data(key_and_certificate, other_certs=[], passphrase=passphrase)
    except ValueError:
        made = None
    if made is None:
        remedy = Text("请核对文件与口令", "check the file and its passphrase")
        raise refused("PKCS #12", "密钥文件打不开", "the key file cannot be opened", remedy, "key")
    return made  # type: ignore[no-any-return]


def seal(
    data: bytes,
    by: SimpleSigner,
    *,
    reason: str,
    url: str,
    at: datetime,
    page: int = -1,
    box: tuple[int, int, int, int] = (360, 60, 560, 170),
) -> SealedFile:
    """Seal a PDF on ``page`` (from 0; -1 the last); ``url`` with ``{code}`` is what the QR code opens; ``box`` in points."""
    from pyhanko.pdf_utils.images import PdfImage
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.sign import fields, signers
    from pyhanko.stamp import StaticStampStyle

    code = seal_code(data)
    try:
        writer = IncrementalPdfFileWriter(io.BytesIO(data), strict=False)
        pages = int(writer.prev.root["/Pages"]["/Count"])
        place = fields.SigFieldSpec(f"Seal{code}", on_page=page % pages, box=box)
        meta = signers.PdfSignatureMetadata(
            field_name=place.sig_field_name,
            reason=reason,
            md_algorithm="sha256",
            subfilter=fields.SigSeedSubFilter.PADES,
        )
        holder = by.signing_cert.subject.native.get("common_name", "") if by.signing_cert else ""
        lines = (f"{code[:4]} {code[4:8]} {code[8:]}", f"{at:%Y-%m-%d %H:%M}")
        face = seal_face(holder, lines, url.format(code=code))
        style = StaticStampStyle(background=PdfImage(face), background_opacity=1.0, border_width=0)
        made = signers.PdfSigner(meta, by, stamp_style=style, new_field_spec=place)
        out = made.sign_pdf(writer)
    except PdfError as fault:
        remedy = Text("请提供完好且未加密的 PDF", "give a whole PDF that is not encrypted")
        raise refused("PDF", "无法用印", f"it cannot be sealed ({fault})", remedy, "pdf") from fault
    return SealedFile(out.getbuffer().tobytes(), code)


def check_seals(data: bytes, trusted: Sequence[x509.Certificate], at: datetime) -> tuple[SealCheck, ...]:
    """Every signature of a PDF as it stood ``at`` a time, against the ``trusted`` roots."""
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    try:
        signatures = PdfFileReader(io.BytesIO(data), strict=False).embedded_regular_signatures
    except (PdfError, ValueError) as fault:
        remedy = Text("请提供完好的 PDF", "give a whole PDF")
        raise refused("PDF", "无法验章", f"its seals cannot be read ({fault})", remedy, "pdf") from fault
    found = []
    for signature in signatures:
        context = ValidationContext(trust_roots=list(trusted), allow_fetching=False, moment=at)
        status = validate_pdf_signature(signature, context)
        whole = status.coverage is not None and status.coverage.name == "ENTIRE_FILE"
        subject = status.signing_cert.subject.native.get("common_name", "")
        reason = str(signature.sig_object.get("/Reason", ""))
        signed = status.signer_reported_dt
        found.append(
            SealCheck(
                signature.field_name, subject, reason, signed, status.intact and status.valid, status.trusted, whole
            )
        )
    return tuple(found)
