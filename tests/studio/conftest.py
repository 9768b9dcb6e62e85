"""What the studio's tests share: the real assets, or a reason to skip."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from vcam.errors import AssetError
from vcam.studio.announcers import ANNOUNCERS
from vcam.studio.assets import HeadAsset, find_assets, load_head
from vcam.studio.gl import open_context
from vcam.studio.lips import MeanLips
from vcam.studio.renderer import Renderer

SIZE = 96


@pytest.fixture(scope="session")
def assets() -> Path:
    """The real assets folder."""
    try:
        return find_assets()
    except AssetError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def head_asset(assets: Path) -> HeadAsset:
    """The real head model."""
    return load_head(assets)


@pytest.fixture(scope="session")
def renderer(assets: Path) -> Iterator[Renderer]:
    """A small renderer of announcer 2."""
    try:
        open_context().release()
    except AssetError as error:
        pytest.skip(str(error))
    with Renderer(ANNOUNCERS["announcer2"], SIZE, assets) as opened:
        yield opened


@pytest.fixture(scope="session")
def lips(head_asset: HeadAsset) -> MeanLips:
    """The lips of the mean head."""
    return MeanLips(head_asset)
