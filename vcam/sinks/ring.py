"""Sound between two threads: one puts, a device's callback takes, nobody locks."""

import numpy as np

from vcam.media import Samples


class Ring:
    """The last `capacity` samples (mono float32).

    Playing starts, and starts again after it ran dry, once `prime` samples are there: so much
    unevenness of arrival is not heard. More than four times as many are cut back to `prime`: the
    device is slower than the clock that the sound is stamped with.
    """

    def __init__(self, capacity: int, prime: int) -> None:
        self._samples = np.zeros(capacity, np.float32)
        self._prime = prime
        self._put = 0
        self._taken = 0
        self._playing = False
        self.underruns = 0
        """How often it ran dry."""
        self.overruns = 0
        """How often it was cut back."""

    def put(self, samples: Samples) -> None:
        """Append samples (N,), of which the newest `capacity` count; by the one thread."""
        samples = samples[-len(self._samples) :]
        places = (self._put + np.arange(len(samples))) % len(self._samples)
        self._samples[places] = samples
        self._put += len(samples)

    def take(self, count: int) -> Samples:
        """Return the next `count` samples, silence where there are none; by the other thread."""
        ready = self._put - self._taken
        if ready > 4 * self._prime:
            self._taken = self._put - self._prime
            ready = self._prime
            self.overruns += self._playing
        out = np.zeros(count, np.float32)
        if not self._playing and ready < max(self._prime, count):
            return out
        self._playing = ready >= count
        self.underruns += not self._playing
        count = min(ready, count)
        places = (self._taken + np.arange(count)) % len(self._samples)
        out[:count] = self._samples[places]
        self._taken += count
        return out
