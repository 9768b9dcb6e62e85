"""Which offers are looked at, before a parser that was not written for strangers sees them."""

import re
from dataclasses import dataclass, field

MAX_SECTIONS = 20
MAX_CANDIDATES = 200
_REACH = re.compile(r"^a=(candidate:|end-of-candidates|remote-candidates:).*(\r\n|\n|$)", re.M)


class OfferError(ValueError):
    """The offer is not one that a viewer sends; the message says why, and quotes nothing of it."""


@dataclass(frozen=True)
class Offer:
    """An offer that may be negotiated."""

    sdp: str = field(repr=False)
    sound: bool
    """Whether sound is wanted beside the picture."""


def checked_offer(text: str) -> Offer:
    """Return the offer without the addresses that it names.

    We send only to an address from which an authenticated check has come (a peer-reflexive
    candidate, RFC 8445 section 7.3.1.3), so nobody can point us at a third party, and no name in
    an offer is looked up on the network.

    Raises:
        OfferError: it is not SDP, too large in some way, or asks for what we do not serve.
    """
    if not text.startswith("v=0"):
        raise OfferError("this is not a session description (SDP)")
    kinds = re.findall(r"^m=([^ \r\n]*)", text, re.M)
    if len(kinds) > MAX_SECTIONS or len(set(kinds)) != len(kinds):
        raise OfferError("one section for the picture and one for the sound are served, no more")
    if not {"video"} <= set(kinds) <= {"video", "audio"}:
        raise OfferError("video is served, with audio if wanted, and no data channels")
    if text.count("a=candidate:") > MAX_CANDIDATES:
        raise OfferError(f"more than {MAX_CANDIDATES} candidates")
    for line in ("a=ice-ufrag:", "a=ice-pwd:", "a=fingerprint:"):
        if line not in text:
            raise OfferError(f"there is no {line} line")
    return Offer(_REACH.sub("", text), sound="audio" in kinds)
