"""A talking-avatar camera: sound comes in at one end, a face leaves at the other."""
