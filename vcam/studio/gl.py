"""OpenGL without a window: one context on EGL, programs from files, buffers from arrays.

The same code runs on Mesa's software rasteriser (llvmpipe) and on a graphics card.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vcam.errors import AssetError
from vcam.studio.arrays import Floats, Ints

EGL: dict[str, Any] = {"backend": "egl"}
_FOLDER = Path(__file__).parent / "shaders"
_INCLUDE = re.compile(r'^#include "(?P<name>[\w.]+)"$', re.MULTILINE)


def open_context() -> Any:
    """Return a new moderngl context on EGL.

    Raises AssetError when moderngl or an EGL driver is missing.
    """
    try:
        import moderngl
    except ImportError:
        raise AssetError(
            "The studio draws with moderngl, which is not installed: pip install 'vcam[studio]'."
        ) from None
    try:
        context = moderngl.create_standalone_context(**EGL)
    except Exception as error:  # glcontext raises bare Exception for a missing library or driver
        raise AssetError(
            f"No OpenGL over EGL on this machine ({error}). Install the packages libegl1 and "
            "libgl1-mesa-dri; a graphics card is not needed."
        ) from None
    context.enable(moderngl.DEPTH_TEST)
    return context


def source(name: str) -> str:
    """Return a shader file with its includes put in place."""
    text = (_FOLDER / name).read_text()
    return _INCLUDE.sub(lambda match: (_FOLDER / match["name"]).read_text(), text)


def program(context: Any, vertex: str, fragment: str) -> Any:
    """Compile one program from two shader files."""
    return context.program(vertex_shader=source(vertex), fragment_shader=source(fragment))


def put(target: Any, values: Mapping[str, Any]) -> None:
    """Set the uniforms that the program has; a shader need not use every light."""
    for name, value in values.items():
        if name not in target:
            continue
        if isinstance(value, np.ndarray):
            target[name].write(np.ascontiguousarray(value, np.float32).tobytes())
        elif isinstance(value, list):
            # A compiler may drop the elements of an array that its shader never reads.
            kept = value[: target[name].array_length]
            target[name].value = kept if len(kept) > 1 else kept[0]
        else:
            target[name].value = value


def columns(*arrays: Floats) -> bytes:
    """Interleave arrays (n, k) or (n,) into one vertex buffer of float32."""
    flat = [array.reshape(len(array), -1) for array in arrays]
    return np.hstack(flat).astype(np.float32).tobytes()


def vertex_array(
    context: Any, target: Any, buffers: Sequence[tuple[Any, str, Sequence[str]]], index: Any
) -> Any:
    """Bind named columns of `buffers`, skipping those that the program does not read.

    Each buffer is (buffer, widths such as "3 3 1", names in the same order).
    """
    content = []
    for buffer, widths, names in buffers:
        parts, used = [], []
        for width, name in zip(widths.split(), names, strict=True):
            if name in target:
                parts.append(f"{width}f")
                used.append(name)
            else:
                parts.append(f"{4 * int(width)}x")
        if used:
            content.append((buffer, " ".join(parts), *used))
    return context.vertex_array(target, content, index)


def index_buffer(context: Any, faces: Ints) -> Any:
    """Return an element buffer of triangles (n, 3)."""
    return context.buffer(np.ascontiguousarray(faces, np.int32).tobytes())
