from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.effort import blurred_picture, effort
from vcam.canvas import RIM_SHARE, Canvas
from vcam.errors import ProfileError
from vcam.media import Image
from vcam.profile import VideoSettings

HEIGHT, WIDTH = 720, 1280
BOX = (384, 22, 512, 512)
RIM = round(512 * RIM_SHARE)
Floats = NDArray[np.float32]


def own_backdrop() -> Floats:
    """A soft studio wall (H, W, 3), light from the left."""
    x, y = np.meshgrid(np.linspace(0, 1, WIDTH), np.linspace(0, 1, HEIGHT))
    return np.stack([120 + 60 * x, 100 + 40 * y, 150 - 50 * x], axis=2).astype(np.float32)


def shape_of_a_person(turned: int = 0) -> Floats:
    """Coverage (H, W) in 0 .. 1 of a head, moved sideways by `turned`, on shoulders."""
    shape = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.ellipse(shape, (640, 740), (330, 230), 0, 0, 360, 255, -1)
    cv2.ellipse(shape, (640 + turned, 300), (130, 180), 0, 0, 360, 255, -1)
    return (cv2.GaussianBlur(shape, (0, 0), 1.5) / 255).astype(np.float32)


def drawn(backdrop: Floats, turned: int = 0) -> Image:
    """The person before `backdrop`, RGBA (H, W, 4)."""
    cover = shape_of_a_person(turned)[..., None]
    colour = cover * np.array([200, 150, 120], np.float32) + (1 - cover) * backdrop
    return np.concatenate([colour, 255 * cover], axis=2).round().astype(np.uint8)


def region(picture: Image, box: tuple[int, int, int, int] = BOX) -> Image:
    x, y, width, height = box
    return picture[y : y + height, x : x + width]


def inner(picture: Image) -> Image:
    """The face region without its rim."""
    return region(picture)[RIM:-RIM, RIM:-RIM]


@pytest.fixture(scope="module")
def plate() -> Image:
    return drawn(own_backdrop())


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A picture of another shape: left half red, right half blue."""
    file = tmp_path_factory.mktemp("photo") / "photo.png"
    picture = np.zeros((300, 300, 3), np.uint8)
    picture[:, :150], picture[:, 150:] = (0, 0, 200), (200, 0, 0)  # BGR
    assert cv2.imwrite(str(file), picture)
    return file


@pytest.mark.parametrize("channels", [3, 4])
def test_the_plates_own_region_gives_the_plate(plate: Image, channels: int) -> None:
    canvas = Canvas(plate[..., :channels], BOX, VideoSettings())
    picture = canvas.compose(region(plate)[..., :channels])
    assert picture.shape == (HEIGHT, WIDTH, 3)
    assert picture.dtype == np.uint8
    assert picture.flags.c_contiguous
    np.testing.assert_array_equal(picture, plate[..., :3])


def test_the_face_is_where_it_belongs_and_fades_at_its_rim(plate: Image) -> None:
    face = np.full((512, 512, 3), 255, np.uint8)
    picture = Canvas(plate, BOX, VideoSettings()).compose(face)
    assert (inner(picture) == 255).all()
    untouched = picture.copy()
    region(untouched)[...] = region(plate)[..., :3]
    np.testing.assert_array_equal(untouched, plate[..., :3])
    row = region(picture)[256, : RIM + 1, 0].astype(int)
    assert (np.diff(row) > 0).all()
    assert row[0] < 160


def test_each_picture_is_a_new_one(plate: Image) -> None:
    canvas = Canvas(plate, BOX, VideoSettings())
    first = canvas.compose(np.zeros((512, 512, 3), np.uint8))
    kept = first.copy()
    second = canvas.compose(np.full((512, 512, 3), 255, np.uint8))
    np.testing.assert_array_equal(first, kept)
    assert not np.shares_memory(first, second)


def test_a_moved_head_before_a_colour_looks_as_if_drawn_before_it(plate: Image) -> None:
    colour = np.broadcast_to(np.array([16, 160, 64], np.float32), (HEIGHT, WIDTH, 3))
    canvas = Canvas(plate, BOX, VideoSettings(background="#10A040"))
    picture = canvas.compose(region(drawn(own_backdrop(), turned=25)))
    wanted = drawn(colour, turned=25)[..., :3]
    error = np.abs(inner(picture).astype(int) - inner(wanted).astype(int))
    assert error.mean() < 0.2
    # Where the head was, the wall behind it is a guess from around it.
    assert error.max() <= 10
    assert (picture[:20, :20] == [16, 160, 64]).all()
    assert np.abs(picture[560:].astype(int) - wanted[560:].astype(int)).max() <= 10


def test_what_was_behind_the_head_never_shows_through_another_background(plate: Image) -> None:
    striped = own_backdrop() + 60 * (np.arange(WIDTH) // 8 % 2)[None, :, None].astype(np.float32)
    plate = drawn(np.minimum(striped, 255))
    turned = drawn(np.minimum(striped, 255), turned=60)
    picture = Canvas(plate, BOX, VideoSettings(background="#10A040")).compose(region(turned))
    uncovered = inner((plate[..., 3:] > 0) & (turned[..., 3:] == 0))[..., 0]
    assert uncovered.sum() > 5000
    assert (inner(picture)[uncovered] == [16, 160, 64]).all()


def test_a_blurred_backdrop_keeps_the_person_and_shows_no_ghost_of_them(plate: Image) -> None:
    striped = own_backdrop() + 40 * (np.arange(WIDTH) // 8 % 2)[None, :, None].astype(np.float32)
    sharp = drawn(np.minimum(striped, 255))
    picture = Canvas(sharp, BOX, VideoSettings(background="blur")).compose(region(sharp))
    covered = sharp[..., 3] == 255
    np.testing.assert_array_equal(picture[covered], sharp[..., :3][covered])
    wall = picture[300, 20:480].astype(float)
    assert np.abs(np.diff(wall, axis=0)).max() <= 4
    beside = picture[300, 470:500, 0].astype(float).mean()
    assert beside == pytest.approx(striped[300, 400:500, 0].mean(), abs=6)


def test_a_picture_covers_the_background_without_bars_and_in_its_own_shape(
    plate: Image, photo: Path
) -> None:
    canvas = Canvas(plate, BOX, VideoSettings(background=str(photo)))
    picture = canvas.compose(region(plate))
    assert (picture[0, 0] == [200, 0, 0]).all()
    assert (picture[-1, 20] == [200, 0, 0]).all()
    assert (picture[5, 700] == [0, 0, 200]).all()
    covered = plate[..., 3] == 255
    np.testing.assert_array_equal(picture[covered], plate[..., :3][covered])


def test_a_face_without_alpha_borrows_the_plates(plate: Image) -> None:
    canvas = Canvas(plate, BOX, VideoSettings(background="#10A040"))
    with_alpha = canvas.compose(region(plate))
    np.testing.assert_array_equal(canvas.compose(region(plate)[..., :3]), with_alpha)


@pytest.mark.parametrize("background", ["keep", "blur", "#203040"])
@pytest.mark.parametrize("size", [(720, 1280), (480, 640), (1280, 720)])
def test_a_mirrored_picture_is_the_picture_mirrored(
    plate: Image, background: str, size: tuple[int, int]
) -> None:
    face = region(drawn(own_backdrop(), turned=25))
    box = (BOX[0] - 40, *BOX[1:])  # not in the middle
    plain = Canvas(plate, box, VideoSettings(size, background=background)).compose(face)
    settings = VideoSettings(size, background=background, mirror=True)
    mirrored = Canvas(plate, box, settings).compose(face)
    np.testing.assert_array_equal(mirrored, plain[:, ::-1])


def test_a_small_face_is_scaled_up_into_its_region(plate: Image) -> None:
    small = cv2.resize(region(plate), (256, 256), interpolation=cv2.INTER_AREA)
    picture = Canvas(plate, BOX, VideoSettings()).compose(np.asarray(small, np.uint8))
    error = np.abs(picture.astype(int) - plate[..., :3].astype(int))
    assert error.mean() < 1
    assert error.max() < 40


@pytest.mark.parametrize(
    "size", [(360, 640), (1080, 1920), (480, 640), (720, 720), (1280, 720), (64, 1280), (900, 64)]
)
def test_other_sizes_are_covered_and_the_face_stays_on_its_place(
    plate: Image, size: tuple[int, int]
) -> None:
    """Plate and region are cut alike: composing the plate's own face leaves no seam."""
    canvas = Canvas(plate, BOX, VideoSettings(size))
    picture = canvas.compose(region(plate))
    assert picture.shape == (*size, 3)
    assert picture.min() > 60  # no black bars
    plain = canvas.compose(np.zeros((512, 512, 3), np.uint8))
    seen = picture[plain.any(axis=2)]
    assert len(seen) > 0 or min(size) == 64
    scale = max(size[0] / HEIGHT, size[1] / WIDTH)
    faces = (plain == 0).all(axis=2).sum()
    fits = 512 * scale <= min(size) + 1
    if fits:
        assert faces == pytest.approx(
            (512 * scale - 2 * round(512 * scale * RIM_SHARE)) ** 2, rel=0.02
        )


def test_a_crop_moves_to_keep_a_face_at_the_side_inside() -> None:
    plate = np.full((720, 1280, 3), 90, np.uint8)
    canvas = Canvas(plate, (768, 200, 512, 512), VideoSettings((720, 720)))
    picture = canvas.compose(np.full((512, 512, 3), 200, np.uint8))
    assert (picture[210:700, 220:712] == 200).all()


def test_a_region_flush_with_the_edge_has_no_rim_there() -> None:
    plate = np.full((720, 1280, 3), 90, np.uint8)
    picture = Canvas(plate, (768, 208, 512, 512), VideoSettings()).compose(
        np.full((512, 512, 3), 200, np.uint8)
    )
    assert (picture[300:, -1] == 200).all()
    assert (picture[-1, 900:] == 200).all()


@pytest.mark.parametrize("background", ["blur", "#203040"])
def test_another_background_needs_alpha(plate: Image, background: str) -> None:
    with pytest.raises(ProfileError) as caught:
        Canvas(plate[..., :3], BOX, VideoSettings(background=background))
    assert str(caught.value) == (
        f"background '{background}' needs a face that is cut out, and this one has no alpha; "
        "choose background 'keep' or another face"
    )


def test_a_background_that_is_no_picture_is_one_sentence(plate: Image, tmp_path: Path) -> None:
    file = tmp_path / "notes.png"
    file.write_text("not a picture")
    with pytest.raises(
        ProfileError, match=r"notes.png' is not a picture; wanted PNG, JPEG or WebP"
    ):
        Canvas(plate, BOX, VideoSettings(background=str(file)))
    with pytest.raises(ProfileError, match="cannot be read: No such file"):
        Canvas(plate, BOX, VideoSettings(background=str(tmp_path / "gone.png")))


@pytest.mark.parametrize(
    ("settings", "most"),
    [(VideoSettings(), 0.5), (VideoSettings(background="blur", mirror=True), 1.7)],
)
def test_a_frame_costs_little(plate: Image, settings: VideoSettings, most: float) -> None:
    canvas, face = Canvas(plate, BOX, settings), np.ascontiguousarray(region(plate))
    spent = effort(lambda: canvas.compose(face), blurred_picture)
    assert spent <= most  # measured: 0.21 and 0.85
