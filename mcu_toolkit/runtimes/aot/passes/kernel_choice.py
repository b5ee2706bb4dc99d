"""Which scheme does a layer: the one place where that is decided.

Every layer can be done in one or more ways, called *schemes* and named as `registry.ways_of_layer` says (`dsp`, `dsp taps`,
`portable`); a group of operators can be done in one step, whose scheme names that (`dsp into add`) and belongs to the group's last
operator.  Without a choice a layer gets the first scheme that does it, and budget.py may step down from there.  A `Choice` names
schemes for layers of one model, exactly: nothing steps down from those.  `mcu tune` measures the candidates and makes a choice.

To add a candidate that is not the default: give the `Operator` in `ops/` a `Scheme` (name and `lower`) in `schemes`.  To add one
that joins operators: make its step in fusing.py with a `scheme` of its own.  Nothing else: `mcu tune` finds both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mcu_toolkit.errors import InputError
from mcu_toolkit.runtimes.aot.ir.operator import OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.registry import lower_layer, ways_of_layer


@dataclass(frozen=True)
class Choice:
    """Schemes by layer: by the index of the operator, of a group by that of its last one."""

    schemes: Mapping[int, str] = field(default_factory=dict)

    def lower(self, view: OpView, target: Target) -> Step:
        """The layer by the scheme that is chosen for it, else by default; also where the scheme is that of a group."""
        wanted = self.schemes.get(view.op.index)
        ways = () if wanted is None else ways_of_layer(view, target)
        return next((step for _, step in ways if step.scheme == wanted), None) or lower_layer(view, target)[1]

    def fixes(self, view: OpView) -> bool:
        """True where the layer's scheme is chosen, so that it must not get another one."""
        return view.op.index in self.schemes

    def permits(self, group: Step) -> bool:
        """True where a group of operators may be done in this step: nothing else is chosen for its last one."""
        return self.schemes.get(group.op.index, group.scheme) == group.scheme

    def demands(self, group: Step) -> bool:
        """True where it has to be done in this step, whether that saves memory or not."""
        return self.schemes.get(group.op.index) == group.scheme

    def check(self, steps: Sequence[Step], name: str) -> None:
        """Raise InputError where a layer of model `name` is not done as chosen: this version has no such scheme for it."""
        # By rows every layer still goes by its own scheme.
        inside = {op.index for step in steps for op in (*step.merged, *([step.op] if step.rows else []))}
        made = {step.op.index: step.scheme for step in steps}
        for layer, scheme in sorted(self.schemes.items()):
            if layer not in inside and made.get(layer) != scheme:
                raise InputError(
                    f"layer {layer} cannot be done by the scheme '{scheme}' that was chosen for it",
                    on=name,
                    expected=f"'{made[layer]}' or another one of this version" if layer in made else "a layer of the model",
                    hint="choose anew: mcu tune; or leave the choice out: --no-tune",
                )


DEFAULT = Choice()
"""Names nothing."""
