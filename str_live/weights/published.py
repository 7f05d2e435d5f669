"""Reads the files that others published: checkpoints of SPIN, TCMR, VIBE, SPIN's mean body, joint regressors.

In: a path. Out: our modules with those weights, or arrays. Strict: every weight must be there and none may be
left over, as loading the rest in silence hides mistakes. Safe: nothing in a file is executed. Whatever is
wrong becomes one WeightsError sentence with the file, the key and the remedy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from str_live.body.regressor import BETAS, JOINTS, STATE, Regressor
from str_live.network.network import Head, Network
from str_live.temporal import TCMR, VIBE, Identity
from str_live.untrusted.arrays import read_array, read_arrays
from str_live.untrusted.pickles import ALLOWED
from str_live.untrusted.plain import finite_numbers
from str_live.untrusted.tensors import is_dense, is_finite, read_torch
from str_live.untrusted.unreadable import UnreadableError
from str_live.weights.own import WeightsError

NOT_OURS = "regressor.smpl."
"""SMPL's own tensors, which these checkpoints carry along: licensed data, so they are dropped at once."""
_TCMR_ADVICE = "take tcmr_table4_3dpw_test.pth.tar or another of TCMR's released checkpoints"
_VIBE_ADVICE = "take vibe_model_w_3dpw.pth.tar or vibe_model_wo_3dpw.pth.tar"
_RIVAL_ADVICE = {"tcmr": _TCMR_ADVICE, "vibe": _VIBE_ADVICE}
_SPIN_ADVICE = "take SPIN's spin_model_checkpoint.pth.tar or model_checkpoint.pt"
_DATA_ADVICE = "it comes with SPIN's, VIBE's and TCMR's base data (`vibe_data`)"

# 'performance' is a numpy scalar in these files; torch, which reads tensors and plain values only, is given
# our own functions for the names under which numpy before and after version 2 pickles one.
_SCALAR_NAMES: list[object] = [
    (ALLOWED[name], ".".join(name)) for name in ALLOWED if name[1] in ("scalar", "encode", "dtype")
]


@dataclass(frozen=True, slots=True)
class TemporalCheckpoint:
    """A published video network: its temporal encoder and the regressor trained with it."""

    name: str
    """'tcmr' or 'vibe'."""
    temporal: TCMR | VIBE
    regressor: Regressor
    epoch: int | None
    """Of the training that made it; None where the file does not say."""
    performance: float | None
    """What its authors chose it by: PA-MPJPE in mm on their validation set."""


@dataclass(frozen=True, slots=True)
class MeanBody:
    """Where SPIN's regressor starts from."""

    pose6d: np.ndarray
    """(144,) float32, 24 joints times 6 (rotation.rotmat_from_6d)."""
    betas: np.ndarray
    """(10,) float32."""
    camera: np.ndarray
    """(3,) float32: s, tx, ty of the crop."""


def load_tcmr(path: Path, *, width: int = 2048, hidden: int = 1024) -> TemporalCheckpoint:
    """One of TCMR's checkpoints; `width` and `hidden` are those of its features and its regressor."""
    return _rival(path, read_torch_dictionary(path, _TCMR_ADVICE), "tcmr", width, hidden)


def load_vibe(path: Path, *, width: int = 2048, hidden: int = 1024) -> TemporalCheckpoint:
    """One of VIBE's checkpoints; `width` and `hidden` are those of its features and its regressor."""
    return _rival(path, read_torch_dictionary(path, _VIBE_ADVICE), "vibe", width, hidden)


def load_rival(path: Path, *, width: int = 2048, hidden: int = 1024) -> TemporalCheckpoint:
    """A checkpoint of TCMR or of VIBE, whichever its weights say it is."""
    advice = f"{_TCMR_ADVICE}, or {_VIBE_ADVICE}"
    content = read_torch_dictionary(path, advice)
    state = content.get("gen_state_dict")
    if isinstance(content.get("model"), Mapping):
        raise WeightsError(f"{path} is SPIN's checkpoint: give it with --backbone, not with --weights")
    if not isinstance(state, Mapping):
        raise WeightsError(f"{path} has no weights under the key 'gen_state_dict': {advice}")
    name = "tcmr" if any(str(key).startswith("encoder.gru_cur") for key in state) else "vibe"
    return _rival(path, content, name, width, hidden)


def _rival(path: Path, content: dict, name: str, width: int, hidden: int) -> TemporalCheckpoint:
    """TCMR or VIBE with the weights of a checkpoint's dictionary."""
    advice = _RIVAL_ADVICE[name]
    state = content.get("gen_state_dict")
    if not isinstance(state, Mapping):
        raise WeightsError(f"{path} has no weights under the key 'gen_state_dict': {advice}")
    state = {key: value for key, value in state.items() if not str(key).startswith(NOT_OURS)}
    with torch.device("meta"):  # no memory is filled that the file is about to replace
        temporal = TCMR(width) if name == "tcmr" else VIBE(width)
        regressor = Regressor(width, hidden)
    parts = nn.ModuleDict({"encoder": temporal, "regressor": regressor})
    load_strictly(parts, state, path, advice)
    epoch, performance = content.get("epoch"), content.get("performance")
    return TemporalCheckpoint(
        name,
        temporal.eval(),
        regressor.eval(),
        epoch=epoch if isinstance(epoch, int) else None,
        performance=float(performance) if isinstance(performance, float | np.floating) else None,
    )


def load_spin(network: Network, path: Path) -> None:
    """SPIN's checkpoint into a network's encoder and its per-frame regressor; every key must be found.

    Reads spin_model_checkpoint.pth.tar and the original model_checkpoint.pt: a torch dictionary whose 'model'
    is HMR's state dictionary.
    """
    if not path.exists():
        raise WeightsError(f"{path} does not exist: give the path of SPIN's checkpoint with --backbone")
    state = read_torch_dictionary(path, _SPIN_ADVICE).get("model")
    if not isinstance(state, Mapping):
        raise WeightsError(f"{path} has no weights under the key 'model': {_SPIN_ADVICE}")
    # Files of torch before 0.4.1 do not count batches; nothing reads the count.
    _load_part(network.encoder, state, path, ignore=("num_batches_tracked",))
    _load_part(network.head("frame").regressor, state, path)


def load_spin_per_frame(path: Path) -> Head:
    """SPIN's own regressor frame by frame: the baseline without a temporal network; raises WeightsError."""
    advice = f"take SPIN's {SPIN_FILE}"
    state = read_spin_regressor(path, advice)
    if "fc1.weight" not in state or state["fc1.weight"].ndim != 2:
        raise WeightsError(f"{path} lacks 'fc1.weight': {advice}")
    hidden, inputs = state["fc1.weight"].shape
    regressor = Regressor(inputs - STATE, hidden)
    load_strictly(regressor, state, path, advice)
    return Head(Identity(), regressor.eval())


def read_spin_regressor(path: Path, advice: str) -> dict[str, Tensor]:
    """The regressor's part of SPIN's weights."""
    state = read_torch_dictionary(path, advice).get("model")
    if not isinstance(state, dict):
        raise WeightsError(f"{path} has no weights under the key 'model': {advice}")
    own = Regressor(1, 1).state_dict()
    return {key: state[key] for key in own if isinstance(state.get(key), Tensor)}


def _load_part(
    module: nn.Module, state: Mapping[str, object], path: Path, ignore: tuple[str, ...] = ()
) -> None:
    """Copy the module's own keys out of a larger state dictionary."""
    own = module.state_dict()
    chosen = {key: state[key] for key in own if key in state and not key.endswith(ignore)}
    kept = {key: own[key] for key in own if key.endswith(ignore)}
    load_strictly(module, {**chosen, **kept}, path, _SPIN_ADVICE)


def read_torch_dictionary(path: Path, advice: str) -> dict:
    """The dictionary in a file of torch.save, old or new format; only tensors and plain values are read."""
    if not path.is_file():
        raise WeightsError(f"{path} does not exist: {advice}")
    try:
        content = read_torch(path, _SCALAR_NAMES)
    except UnreadableError as error:
        raise WeightsError(f"{path} {error.problem}: {error.remedy}, or {advice}") from error
    if not isinstance(content, dict):
        raise WeightsError(f"{path} holds a {type(content).__name__} instead of named weights: {advice}")
    return content


def load_strictly(module: nn.Module, state: Mapping[str, object], path: Path, advice: str) -> None:
    """Make `state` the module's weights, real ones in float32; every key and shape has to match."""
    own = module.state_dict()
    for problem, keys in (("lacks", own.keys() - state.keys()), ("has besides", state.keys() - own.keys())):
        if keys:
            raise WeightsError(
                f"{path} {problem} {len(keys)} of the weights of this network, the first is "
                f"{min(map(str, keys))!r}: {advice}"
            )
    tensors: dict[str, Tensor] = {}
    for key, wanted in own.items():
        tensor = state[key]
        if not isinstance(tensor, Tensor) or tensor.shape != wanted.shape:
            found = tuple(tensor.shape) if isinstance(tensor, Tensor) else type(tensor).__name__
            raise WeightsError(f"{path}: {key!r} is {found}, expected {tuple(wanted.shape)}: {advice}")
        if not is_dense(tensor) or tensor.is_floating_point() != wanted.is_floating_point():
            raise WeightsError(f"{path}: {key!r} is of another type than these weights: {advice}")
        if not is_finite(tensor):
            raise WeightsError(f"{path}: {key!r} holds values that are not finite: {advice}")
        tensors[key] = tensor.float() if tensor.is_floating_point() else tensor
    module.load_state_dict(tensors, strict=True, assign=True)


def load_mean_body(path: Path) -> MeanBody:
    """smpl_mean_params.npz: 'pose' (144,), 'shape' (10,) and 'cam' (3,)."""
    advice = f"take smpl_mean_params.npz; {_DATA_ADVICE}"
    with _numpy_file(path, advice):
        archive = read_arrays(path, ("pose", "shape", "cam"))
    arrays = []
    for key, size in (("pose", JOINTS * 6), ("shape", BETAS), ("cam", 3)):
        if key not in archive:
            raise WeightsError(f"{path} lacks {key!r}: {advice}")
        _check_array(archive[key], (size,), path, key, advice)
        arrays.append(archive[key].astype(np.float32))
    return MeanBody(*arrays)


def start_from(regressor: Regressor, mean: MeanBody) -> None:
    """Let the regressor's iterations begin at this body."""
    for name, array in (("pose", mean.pose6d), ("shape", mean.betas), ("cam", mean.camera)):
        getattr(regressor, f"init_{name}").copy_(torch.from_numpy(array)[None])


def load_h36m_regressor(path: Path, vertices: int) -> np.ndarray:
    """J_regressor_h36m.npy: (17, V) float32, Human3.6M's joints from a body's V vertices."""
    return _joint_regressor(path, 17, vertices, "J_regressor_h36m.npy")


def load_extra_regressor(path: Path, vertices: int) -> np.ndarray:
    """J_regressor_extra.npy: (9, V) float32, the last nine of the 54 joints (datasets/joint_sets.py)."""
    return _joint_regressor(path, 9, vertices, "J_regressor_extra.npy")


def _joint_regressor(path: Path, joints: int, vertices: int, name: str) -> np.ndarray:
    advice = f"take {name} and a body with as many vertices; {_DATA_ADVICE}"
    with _numpy_file(path, advice):
        array = read_array(path)
    _check_array(array, (joints, vertices), path, "the regressor", advice)
    return array.astype(np.float32)


def _check_array(array: np.ndarray, shape: tuple[int, ...], path: Path, key: str, advice: str) -> None:
    if array.shape != shape:
        raise WeightsError(f"{path}: {key!r} has shape {array.shape}, expected {shape}: {advice}")
    if not finite_numbers(array):
        raise WeightsError(f"{path}: {key!r} holds something else than finite numbers: {advice}")


@contextmanager
def _numpy_file(path: Path, advice: str) -> Iterator[None]:
    """Say what to take instead of a file that cannot be read."""
    if not path.is_file():
        raise WeightsError(f"{path} does not exist: {advice}")
    try:
        yield
    except UnreadableError as error:
        raise WeightsError(f"{path} {error.problem}: {advice}") from error


SPIN_FILE = "spin_model_checkpoint.pth.tar"
