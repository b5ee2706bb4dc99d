"""Where a backbone's first weights come from: ImageNet, nothing, or a file."""

from __future__ import annotations

import contextlib
import io
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mcu_toolkit.errors import InputError, ToolError
from mcu_toolkit.system.network import about_to_use, is_offline, why_not
from mcu_toolkit.tensorflow_loader import load_keras_model, quiet
from mcu_toolkit.train.images import torchvision_weights
from mcu_toolkit.train.images.backbones import Backbone, Variant
from mcu_toolkit.train.images.network import backbone_layers
from mcu_toolkit.train.images.weights_package import IMAGENET, fetch_weights, fetched_weights

IMAGENET_NAME, NONE_NAME = "imagenet", "none"
_NETWORK_WAIT_S = 20.0
_LARGEST_KERAS_SIZE = 224
ALPHA_LIMITS, SIZE_LIMITS = (0.1, 2.0), (48, 224)


@dataclass(frozen=True)
class Pretrained:
    """First weights, and the network they fit into."""

    variant: Variant
    origin: str
    """What they are, for reports: source and licence."""
    load: Callable[[Any], None] | None
    """model -> sets the weights of its backbone; None: they stay as drawn."""
    native_size: int | None = None
    """Pixels of the pictures that they were trained on; None where that is not known, or where they are not trained."""


def find_weights(tensorflow: Any, backbone: Backbone, weights: str, *, alpha: float, size: int, tell: Callable[[str], None]) -> Pretrained:
    """The weights called `weights` (`imagenet`, `none` or a file) for a backbone of this width and size.

    Raises InputError where there are none for this alpha or the file does not fit, ToolError where they cannot be fetched.
    """
    if weights == NONE_NAME:
        return Pretrained(Variant(alpha, momentum=0.9), "none: trained from random numbers", None)
    if weights == IMAGENET_NAME:
        return _imagenet(tensorflow, backbone, alpha, size, tell)
    return _from_file(backbone, Path(weights), alpha)


def _imagenet(tensorflow: Any, backbone: Backbone, alpha: float, size: int, tell: Callable[[str], None]) -> Pretrained:
    has_package = backbone.name == "mobilenet_v2" and alpha == 1.0
    if has_package and fetched_weights() is not None:
        return _torchvision()
    try:
        return _keras(tensorflow, backbone, alpha, size)
    except ToolError as error:
        if not has_package:
            raise
        tell(f"{error.what}; torchvision's weights are taken")
    fetch_weights()
    return _torchvision()


def require_published(backbone: Backbone, weights: str, alpha: float) -> None:
    """Raise InputError where `weights` are those of ImageNet and nobody publishes any for this backbone and width."""
    if weights != IMAGENET_NAME:
        return
    if not backbone.keras_alphas:
        raise InputError(f"there are no ImageNet weights for {backbone.name}", expected="--weights none, or a file")
    if alpha not in backbone.keras_alphas:
        known = ", ".join(f"{value:g}" for value in backbone.keras_alphas)
        raise InputError(
            f"there are no ImageNet weights for {backbone.name} with alpha {alpha:g}",
            expected=f"--alpha {known}; any alpha with --weights none",
            hint="--weights none --teacher MODEL.keras, which learns from a larger model that you trained before",
        )


def _torchvision() -> Pretrained:
    path = fetched_weights()
    if path is None:
        raise ToolError("the weights were fetched and are not there", hint="mcu weights fetch")
    origin = f"{IMAGENET.content} ({IMAGENET.licence}), package {IMAGENET.name} {IMAGENET.version}"
    return _torchvision_file(path, origin)


def _torchvision_file(path: Path, origin: str) -> Pretrained:
    def load(model: Any) -> None:
        torchvision_weights.load_torchvision(model, path)

    return Pretrained(torchvision_weights.VARIANT, origin, load, torchvision_weights.NATIVE_SIZE)


def _keras(tensorflow: Any, backbone: Backbone, alpha: float, size: int) -> Pretrained:
    """Keras' own weights, which keras.applications downloads; raises ToolError where it cannot."""
    shape = size if size in backbone.keras_sizes else _LARGEST_KERAS_SIZE
    if is_offline():
        raise ToolError(why_not("the server of Keras' weights"), hint="without --offline")
    about_to_use(f"ImageNet weights of {backbone.name} from Keras")
    application = getattr(tensorflow.keras.applications, backbone.keras_application)
    with _short_wait(), quiet(), contextlib.redirect_stdout(io.StringIO()):
        try:
            donor = application(input_shape=(shape, shape, 3), alpha=alpha, include_top=False, weights=IMAGENET_NAME)
        except Exception as error:  # what urllib, sockets and Keras raise has no common base
            reason = str(error).splitlines()[-1][:200] if str(error) else type(error).__name__
            raise ToolError(
                f"Keras' ImageNet weights of {backbone.name} with alpha {alpha:g} cannot be had: {reason}",
                hint="with a network; or --weights none, or --weights FILE",
            ) from None
    origin = f"keras.applications {backbone.keras_application}, ImageNet, alpha {alpha:g} (Apache-2.0)"
    return Pretrained(Variant(alpha), origin, lambda model: copy_in_order(donor, model), native_size=shape)


@contextlib.contextmanager
def _short_wait() -> Iterator[None]:
    """Connections that nobody answers are given up: urllib waits for minutes."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_NETWORK_WAIT_S)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def copy_in_order(donor: Any, model: Any) -> None:
    """Set the backbone of `model` to the weights of a network with the same layers in the same order."""
    given = [layer for layer in donor.layers if layer.weights]
    own = backbone_layers(model)
    for source, target in zip(given, own, strict=True):
        target.set_weights(source.get_weights())


def _from_file(backbone: Backbone, path: Path, alpha: float) -> Pretrained:
    if path.suffix == ".pth":
        if backbone.name != "mobilenet_v2" or alpha != 1.0:
            raise InputError("holds PyTorch's tensors", on=path, expected="--backbone mobilenet_v2 --alpha 1.0 with a .pth file")
        return _torchvision_file(path, f"the file {path.name}")
    if path.suffix != ".keras":  # a .h5 file may hold code (Lambda layers), which Keras would run
        raise InputError("is no file of weights", on=path, expected="imagenet, none, or a .keras or .pth file")
    donor = load_keras_model(path)
    return Pretrained(_variant_of(donor, alpha), f"the file {path.name}", lambda model: _copy_by_name(donor, model, path))


def _variant_of(donor: Any, alpha: float) -> Variant:
    """The network as a model of ours was trained in it."""
    names = {layer.name: layer for layer in donor.layers}
    is_torchvision = "stem_pad" in names
    if is_torchvision:
        return replace(torchvision_weights.VARIANT, alpha=alpha)
    return Variant(alpha)


def _copy_by_name(donor: Any, model: Any, path: Path) -> None:
    given = {layer.name: layer.get_weights() for layer in donor.layers}
    for layer in backbone_layers(model):
        found = [list(value.shape) for value in given.get(layer.name, [])]
        wanted = [list(variable.shape) for variable in layer.weights]
        if found != wanted:
            raise InputError(
                f"its layer '{layer.name}' has the shapes {found}" if found else f"has no layer '{layer.name}'",
                on=path,
                expected=f"{wanted}: a model of mcu train images with the same --backbone and --alpha",
            )
        layer.set_weights(given[layer.name])
