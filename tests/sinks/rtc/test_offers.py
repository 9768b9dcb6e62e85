import re

import pytest

from vcam.sinks.rtc.offers import MAX_CANDIDATES, OfferError, checked_offer

SECTION = (
    "m={kind} 9 UDP/TLS/RTP/SAVPF 96\r\na=ice-ufrag:abcd\r\na=ice-pwd:" + "p" * 22 + "\r\n"
    "a=fingerprint:sha-256 00:11\r\na=candidate:1 1 udp 1 203.0.113.9 9 typ host\r\n"
    "a=end-of-candidates\r\n"
)
HEAD = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"


def offer(*kinds: str) -> str:
    return HEAD + "".join(SECTION.format(kind=kind) for kind in kinds)


def test_an_offer_for_picture_and_sound_passes_without_the_addresses_it_names():
    checked = checked_offer(offer("video", "audio"))
    assert checked.sound
    assert "candidate" not in checked.sdp
    assert "203.0.113.9" not in checked.sdp
    assert checked.sdp == re.sub(r"a=(candidate|end).*\r\n", "", offer("video", "audio"))


def test_an_offer_for_the_picture_alone_passes():
    assert not checked_offer(offer("video")).sound


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("hello", "not a session description"),
        (HEAD, "video is served, with audio if wanted"),
        (offer("video", "video"), "one section for the picture"),
        (offer("video", "audio", "audio"), "one section for the picture"),
        (offer("video", "application"), "no data channels"),
        (offer(*(f"k{n}" for n in range(21))), "one section"),
        (offer("audio"), "video is served"),
        (offer("text"), "video is served, with audio if wanted"),
        (
            offer("video") + "a=candidate:1 1 udp 1 h 9 typ host\r\n" * MAX_CANDIDATES,
            "more than 200",
        ),
        (offer("video").replace("a=fingerprint", "a=x"), "no a=fingerprint: line"),
        (offer("video").replace("a=ice-pwd", "a=x"), "no a=ice-pwd: line"),
    ],
)
def test_what_no_viewer_sends_is_refused_with_a_reason(text, sentence):
    with pytest.raises(OfferError, match=sentence):
        checked_offer(text)


def test_refusals_quote_nothing_of_the_offer():
    with pytest.raises(OfferError) as error:
        checked_offer(offer("video", "application").replace("abcd", "secret"))
    assert "secret" not in str(error.value)
