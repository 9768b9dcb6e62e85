"""The machinery that the page and WHIP share: encode once, fan out, one peer connection each.

    frames, sound -> broadcast (encode once, one thread) -> a feed per viewer -> peer (WebRTC)

aiortc is used against its grain in four places, each for a measured reason (notes/webrtc.md 0):
tracks hand over finished packets; a key-frame request goes to the shared encoder; sender reports
tell the media time; and the addresses that a peer listens on are chosen here.
"""
