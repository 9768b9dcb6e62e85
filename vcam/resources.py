"""Where models and profiles lie: in the wheel, in the checkout, and in the user's own folder."""

from pathlib import Path
from typing import Literal

import platformdirs

Kind = Literal["models", "profiles"]

_PACKAGE = Path(__file__).parent


def shipped(kind: Kind) -> Path:
    """Return the folder that came with vcam: inside an installed wheel, else the checkout's."""
    packed = _PACKAGE / "_shipped" / kind
    return packed if packed.is_dir() else _PACKAGE.parent / kind


def own(kind: Kind) -> Path:
    """Return the user's folder, which may not exist (Linux: ~/.config/vcam/...)."""
    return platformdirs.user_config_path("vcam") / kind


def search_path(kind: Kind) -> tuple[Path, ...]:
    """Return the folders to look in; what the user made wins over what came with vcam."""
    return own(kind), shipped(kind)


def cache() -> Path:
    """Return the user's cache folder for vcam, which may not exist."""
    return platformdirs.user_cache_path("vcam")
