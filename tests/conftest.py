"""What every test starts from."""

import signal


def pytest_configure() -> None:
    """Hear Ctrl-C even where whoever started the tests ignores it, as a script's `&` does.

    Otherwise the programs that tests start and interrupt would ignore it, too.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
