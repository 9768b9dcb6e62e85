"""The life of an announcer: blinks, head pose, gaze, breathing, mood."""
