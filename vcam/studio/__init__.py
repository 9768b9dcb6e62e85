"""The studio: six announcers who never lived, rendered from a scan-based head model.

Everything here is offline work: it makes the pictures and the motion that the models are trained
on, and is never imported by a live call.
"""
