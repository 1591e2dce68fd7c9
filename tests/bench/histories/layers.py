"""The few layers that small networks are made of, forward and backward, in numpy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
Rng: TypeAlias = np.random.Generator


def normal(rng: Rng, scale: float, shape: tuple[int, ...]) -> Array:
    """Draw single-precision normal deviates."""
    return rng.standard_normal(shape, dtype=np.float32) * np.float32(scale)


def zeros(*shape: int) -> Array:
    """Return single-precision zeros."""
    return np.zeros(shape, np.float32)


class Layer(Protocol):
    """Maps a batch forward and its gradient backward; ``params`` and ``grads`` run in parallel."""

    params: list[Array]
    grads: list[Array]

    def forward(self, x: Array, rng: Rng | None) -> Array:
        """Return the output for *x*; *rng* is None outside training."""

    def backward(self, grad: Array) -> Array:
        """Store the gradients of the parameters and return that of the input."""


class Dense:
    """An affine map of the last axis: (…, *inputs*) to (…, *outputs*)."""

    def __init__(self, inputs: int, outputs: int, rng: Rng) -> None:
        self.params = [normal(rng, (2 / inputs) ** 0.5, (inputs, outputs)), zeros(outputs)]
        self.grads: list[Array] = []
        self._x: Array = zeros(0)

    def forward(self, x: Array, rng: Rng | None) -> Array:
        self._x = x
        return x @ self.params[0] + self.params[1]

    def backward(self, grad: Array) -> Array:
        rows = self._x.reshape(-1, self._x.shape[-1])
        flat = grad.reshape(-1, grad.shape[-1])
        self.grads = [rows.T @ flat, flat.sum(0)]
        return grad @ self.params[0].T


class Relu:
    """The positive part."""

    def __init__(self) -> None:
        self.params: list[Array] = []
        self.grads: list[Array] = []
        self._on: Array = zeros(0)

    def forward(self, x: Array, rng: Rng | None) -> Array:
        self._on = x > 0
        return x * self._on

    def backward(self, grad: Array) -> Array:
        return grad * self._on


class Dropout:
    """Sets a share *rate* of its input to zero while training."""

    def __init__(self, rate: float) -> None:
        self.params: list[Array] = []
        self.grads: list[Array] = []
        self._rate = rate
        self._kept: Array | None = None

    def forward(self, x: Array, rng: Rng | None) -> Array:
        if rng is None:
            self._kept = None
            return x
        self._kept = (rng.random(x.shape, np.float32) >= self._rate) * np.float32(1 / (1 - self._rate))
        return x * self._kept

    def backward(self, grad: Array) -> Array:
        return grad if self._kept is None else grad * self._kept


class Windows:
    """Gathers the *width* neighbours at each place: (n, length, channels) to (n, places, width x channels)."""

    def __init__(self, width: int) -> None:
        self.params: list[Array] = []
        self.grads: list[Array] = []
        self._width = width
        self._shape: tuple[int, ...] = ()

    def forward(self, x: Array, rng: Rng | None) -> Array:
        self._shape = x.shape
        seen = np.lib.stride_tricks.sliding_window_view(x, self._width, axis=1)
        return np.ascontiguousarray(seen.swapaxes(2, 3)).reshape(len(x), seen.shape[1], -1)

    def backward(self, grad: Array) -> Array:
        back = zeros(*self._shape)
        places = grad.shape[1]
        parts = grad.reshape(len(grad), places, self._width, -1)
        for offset in range(self._width):
            back[:, offset : offset + places] += parts[:, :, offset]
        return back


class Patches:
    """Gathers 3 x 3 neighbours in a square picture: (n, side², channels) to (n, places, 9 x channels)."""

    def __init__(self, side: int) -> None:
        self.params: list[Array] = []
        self.grads: list[Array] = []
        at = np.arange(side * side).reshape(side, side)
        corners = at[:-2, :-2].reshape(-1)
        self._at = corners[:, None] + (np.arange(3)[:, None] * side + np.arange(3)).reshape(-1)
        self._shape: tuple[int, ...] = ()

    def forward(self, x: Array, rng: Rng | None) -> Array:
        self._shape = x.shape
        return np.asarray(x[:, self._at].reshape(len(x), len(self._at), -1))

    def backward(self, grad: Array) -> Array:
        back = zeros(*self._shape)
        parts = grad.reshape(len(grad), len(self._at), 9, -1)
        for offset in range(9):
            back[:, self._at[:, offset]] += parts[:, :, offset]
        return back


class MeanOverPlaces:
    """The mean over the middle axis: (n, places, channels) to (n, channels)."""

    def __init__(self) -> None:
        self.params: list[Array] = []
        self.grads: list[Array] = []
        self._places = 1

    def forward(self, x: Array, rng: Rng | None) -> Array:
        self._places = x.shape[1]
        return np.asarray(x.mean(1))

    def backward(self, grad: Array) -> Array:
        return np.repeat(grad[:, None] / self._places, self._places, axis=1)


class Recurrent:
    """An Elman network with tanh units: (n, length, inputs) to its last state (n, units)."""

    def __init__(self, inputs: int, units: int, rng: Rng) -> None:
        self.params = [
            normal(rng, inputs**-0.5, (inputs, units)),
            np.linalg.qr(normal(rng, 1, (units, units)))[0],
            zeros(units),
        ]
        self.grads: list[Array] = []
        self._x: Array = zeros(0)
        self._states: list[Array] = []

    def forward(self, x: Array, rng: Rng | None) -> Array:
        into, again, bias = self.params
        self._x = x
        self._states = [zeros(len(x), len(bias))]
        for moment in range(x.shape[1]):
            self._states.append(np.tanh(x[:, moment] @ into + self._states[-1] @ again + bias))
        return self._states[-1]

    def backward(self, grad: Array) -> Array:
        into, again, bias = self.params
        self.grads = [np.zeros_like(into), np.zeros_like(again), np.zeros_like(bias)]
        back = zeros(*self._x.shape)
        for moment in reversed(range(self._x.shape[1])):
            inner = grad * (1 - self._states[moment + 1] ** 2)
            self.grads[0] += self._x[:, moment].T @ inner
            self.grads[1] += self._states[moment].T @ inner
            self.grads[2] += inner.sum(0)
            back[:, moment] = inner @ into.T
            grad = inner @ again.T
        return back


class Embedding:
    """Looks up a vector for each token: (n, length) of integers to (n, length x size)."""

    def __init__(self, vocabulary: int, size: int, rng: Rng) -> None:
        self.params = [normal(rng, 1, (vocabulary, size))]
        self.grads: list[Array] = []
        self._tokens: Array = zeros(0)

    def forward(self, x: Array, rng: Rng | None) -> Array:
        self._tokens = x
        return self.params[0][x].reshape(len(x), -1)

    def backward(self, grad: Array) -> Array:
        table = np.zeros_like(self.params[0])
        np.add.at(table, self._tokens, grad.reshape(*self._tokens.shape, -1))
        self.grads = [table]
        return grad


class Product:
    """The inner product of the two halves of a row: (n, 2 x size) to (n, 1)."""

    def __init__(self) -> None:
        self.params: list[Array] = []
        self.grads: list[Array] = []
        self._halves: tuple[Array, Array] = (zeros(0), zeros(0))

    def forward(self, x: Array, rng: Rng | None) -> Array:
        left, right = np.split(x, 2, axis=1)
        self._halves = left, right
        return np.asarray((left * right).sum(1, keepdims=True))

    def backward(self, grad: Array) -> Array:
        left, right = self._halves
        return np.hstack([grad * right, grad * left])


class Network:
    """Layers in a row."""

    def __init__(self, layers: Sequence[Layer]) -> None:
        self.layers = layers

    def forward(self, x: Array, rng: Rng | None = None) -> Array:
        """Return the outputs for a batch; *rng* draws what dropout drops while training."""
        for layer in self.layers:
            x = layer.forward(x, rng)
        return x

    def backward(self, grad: Array) -> None:
        """Leave the gradient of every parameter in its layer."""
        for layer in reversed(self.layers):
            grad = layer.backward(grad)

    def pairs(self) -> list[tuple[Array, Array]]:
        """Return every parameter beside its gradient."""
        return [pair for layer in self.layers for pair in zip(layer.params, layer.grads, strict=True)]
