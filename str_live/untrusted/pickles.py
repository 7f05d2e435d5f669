"""Reads pickled arrays without running what the file asks for. In: a pickle file. Out: plain numpy and lists.

A pickle may call any function by name. Here only a short list of names that rebuild arrays is known, and
numpy's own rebuilding functions are not among them: given a type with forged flags they would take bytes of
the file for pointers. Arrays are rebuilt here, of checked parts. Python's own unpickler in Python is used, as
the one in C takes memory for whatever a file claims.
"""

from __future__ import annotations

import pickle
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO, ClassVar, TypeGuard

import numpy as np

from str_live.untrusted.plain import plain_dtype
from str_live.untrusted.stubs import ChumpyStub, CooStub, CscStub, CsrStub, Stub
from str_live.untrusted.unreadable import UnreadableError, in_one_line, problem_of, reading

_MOST_DIMENSIONS = 8


class DtypeStub(Stub):
    """numpy's dtype: the code it is made with, and the byte order that its state adds."""

    def __new__(cls, *arguments: object) -> Stub:
        stub = super().__new__(cls)
        stub.state = {"code": arguments[0] if arguments else None, "byteorder": "="}
        return stub

    def __setstate__(self, state: object) -> None:
        if not isinstance(state, tuple) or len(state) < 5 or any(part is not None for part in state[2:5]):
            raise UnreadableError("holds an array of records, neither number nor text")
        self.state["byteorder"] = state[1]

    @property
    def dtype(self) -> np.dtype:
        """The type meant, of numbers, text or objects."""
        return plain_dtype(self.state["code"], self.state["byteorder"])


class _Ndarray:
    """Stands for the class numpy.ndarray, which pickles name but have no reason to call."""

    def __new__(cls, *_arguments: object) -> _Ndarray:
        raise UnreadableError("makes an array in a way that numpy's own files do not")


def _reconstruct(_cls: object, _shape: object = None, _code: object = None) -> np.ndarray:
    """`numpy.core.multiarray._reconstruct`: an empty array, which its state then fills."""
    return np.empty(0, np.uint8)


def _from_buffer(content: object, dtype: object, shape: object, order: object) -> np.ndarray:
    """`numpy.core.numeric._frombuffer`."""
    array = np.empty(0, np.uint8)
    _fill(array, (1, shape, dtype, order == "F", content))
    return array


def scalar_value(dtype: object, content: object = b"") -> object:
    """`numpy.core.multiarray.scalar`: a single number or text."""
    found = _from_buffer(content, dtype, (), "C")
    return found.item() if found.dtype.kind in "SUO" else found[()]


def _reconstruct_stub(cls: type, base: type, state: object) -> Stub:
    """`copyreg._reconstructor`, for stubs only."""
    if not (isinstance(cls, type) and issubclass(cls, Stub)) or base is not object:
        raise UnreadableError("rebuilds an object that is not a known kind of array")
    return cls()


def encode_latin1(text: object, encoding: object = "latin1") -> bytes:
    """`_codecs.encode` as numpy's own pickles use it: bytes hidden in text."""
    if not isinstance(text, str) or encoding not in ("latin1", "latin-1"):
        raise UnreadableError("decodes text in a way that numpy's own files do not")
    return text.encode("latin1")


def _bytes(content: object = b"", encoding: object = "latin1") -> bytes:
    """`bytes` and `bytearray` of text or bytes; of a number they would take as much memory as it says."""
    if isinstance(content, bytes | bytearray):
        return bytes(content)
    return encode_latin1(content, encoding)


ALLOWED: dict[tuple[str, str], object] = {
    ("collections", "OrderedDict"): OrderedDict,
    ("_codecs", "encode"): encode_latin1,
    ("numpy", "ndarray"): _Ndarray,
    ("numpy", "dtype"): DtypeStub,
}
"""Module and name in the pickle -> what to use for it."""
for _builtins in ("builtins", "__builtin__"):
    ALLOWED |= {(_builtins, kind.__name__): kind for kind in (object, set, frozenset, dict, list, complex)}
    ALLOWED |= {(_builtins, name): _bytes for name in ("bytes", "bytearray")}
for _copyreg in ("copyreg", "copy_reg"):
    ALLOWED[_copyreg, "_reconstructor"] = _reconstruct_stub
for _core in ("numpy.core", "numpy._core"):
    ALLOWED[f"{_core}.multiarray", "_reconstruct"] = _reconstruct
    ALLOWED[f"{_core}.multiarray", "scalar"] = scalar_value
    ALLOWED[f"{_core}.numeric", "_frombuffer"] = _from_buffer
for _layout, _stub in {"csc": CscStub, "csr": CsrStub, "coo": CooStub}.items():
    for _module in ("scipy.sparse", f"scipy.sparse.{_layout}", f"scipy.sparse._{_layout}"):
        ALLOWED[_module, f"{_layout}_matrix"] = ALLOWED[_module, f"{_layout}_array"] = _stub


def _fill(array: np.ndarray, state: object) -> None:
    """Give an empty array the content that a pickle has for it."""
    if not isinstance(state, tuple) or len(state) != 5 or not isinstance(state[2], DtypeStub):
        raise UnreadableError("is damaged: an array in it lacks its shape or its type")
    shape, dtype, content = state[1], state[2].dtype, state[4]
    if not is_shape(shape):
        raise UnreadableError("is damaged: an array in it has no possible shape")
    count = int(np.prod(shape, dtype=object))
    if isinstance(content, str):  # Python 2 keeps bytes as text
        content = content.encode("latin1")
    right = list if dtype.hasobject else bytes | bytearray
    if not isinstance(content, right) or len(content) != count * (1 if dtype.hasobject else dtype.itemsize):
        raise UnreadableError("is damaged: an array in it does not have as much content as it should")
    content = bytes(content) if isinstance(content, bytearray) else content
    array.__setstate__((1, shape, dtype, bool(state[3]), content))


def is_shape(shape: object) -> TypeGuard[tuple[int, ...]]:
    """Whether this can be the shape of an array in a file."""
    if not isinstance(shape, tuple) or len(shape) > _MOST_DIMENSIONS:
        return False
    return all(isinstance(side, int) and 0 <= side < 1 << 48 for side in shape)


class RestrictedUnpickler(pickle._Unpickler):  # pyright: ignore[reportAttributeAccessIssue]
    """Unpickler that knows `ALLOWED`, chumpy's names, and what the caller adds; anything else raises."""

    dispatch: ClassVar[dict[int, Callable[..., None]]] = dict(pickle._Unpickler.dispatch)  # pyright: ignore[reportAttributeAccessIssue]

    def __init__(self, file: BoundedFile, extra: Mapping[tuple[str, str], object] | None = None) -> None:
        super().__init__(file, encoding="latin1")
        self._known = {**ALLOWED, **(extra or {})}

    def find_class(self, module: str, name: str) -> object:
        """What the pickle means by `module.name`."""
        if (module, name) in self._known:
            return self._known[module, name]
        if module == "chumpy" or module.startswith("chumpy."):
            return ChumpyStub
        raise UnreadableError(
            f"asks to load {module}.{name}, which is no array: it may be harmful and was not read",
            "take it from where its authors publish it",
        )

    def load_build(self) -> None:
        """Give an object its state: only arrays and stubs have one that may be set."""
        state = self.stack.pop()
        target = self.stack[-1]
        if isinstance(target, np.ndarray):
            _fill(target, state)
        elif isinstance(target, Stub):
            target.__setstate__(state)
        else:
            raise UnreadableError("sets the state of an object that is not a known kind of array")

    dispatch[pickle.BUILD[0]] = load_build


class BoundedFile:
    """A file that refuses to take memory for more bytes than it has left.

    It offers no `peek`, so that the unpickler takes no byte more than it needs and other content may follow.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file, self.readline = file, file.readline
        start = file.tell()
        self._size = file.seek(0, 2)
        file.seek(start)

    def left(self) -> int:
        """Bytes up to the end of the file."""
        return self._size - self._file.tell()

    def read(self, size: int) -> bytes:
        """Exactly so many bytes."""
        if size > 4096 and size > self.left():
            raise EOFError
        return self._file.read(size)

    def readinto(self, buffer: memoryview) -> int:
        """Fill a buffer that somebody else measured."""
        return self._file.readinto(buffer)  # pyright: ignore[reportAttributeAccessIssue]


def load_pickle(path: Path, extra: Mapping[tuple[str, str], object] | None = None) -> object:
    """Content of a pickle file; `extra` widens the allow-list, (module, name) -> replacement."""
    with reading(path, "pickle"), path.open("rb") as file:
        return load_stream(file, extra)


def load_stream(
    file: BinaryIO | BoundedFile, extra: Mapping[tuple[str, str], object] | None = None
) -> object:
    """Content of an open pickle stream; UnreadableError without a path."""
    bounded = file if isinstance(file, BoundedFile) else BoundedFile(file)
    try:
        return RestrictedUnpickler(bounded, extra).load()
    except UnreadableError:
        raise
    except (EOFError, MemoryError) as error:
        raise UnreadableError(problem_of(error)) from error
    except Exception as error:  # a broken pickle can raise whatever its opcodes stumble over
        raise UnreadableError(
            f"is damaged or no pickle ({type(error).__name__}: {in_one_line(error)})"
        ) from error
