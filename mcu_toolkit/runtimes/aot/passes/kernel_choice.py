"""Which kernel variant does a layer: the one place where that is decided.

Every layer can be done in one or more ways, called *kernel variants* and named as `registry.ways_of_layer` says (`dsp`,
`dsp taps`, `portable`).  Operators that are fused are one lowered operator, whose variant names that (`dsp into add`) and belongs
to the last of them.  Without a choice a layer gets the first variant that does it, and fit_to_budget.py may step down from there.
A `Choice` names variants for layers of one model, exactly: nothing steps down from those.  Tests use it to prove every variant.

To add a variant that is not the default: give the `Operator` in `ops/` a `KernelVariant` (name and `lower`) in `variants`.  To
add one that fuses operators: make it in fuse.py with a `variant` of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mcu_toolkit.errors import InputError
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.registry import lower_layer, ways_of_layer


@dataclass(frozen=True)
class Choice:
    """Kernel variants by layer: by the index of the operator, of a group by that of its last one."""

    variants: Mapping[int, str] = field(default_factory=dict)

    def lower(self, view: OpView, target: Target) -> LoweredOperator:
        """The layer by the kernel variant that is chosen for it, else by default; also where the kernel variant is that of a group."""
        wanted = self.variants.get(view.op.index)
        ways = () if wanted is None else ways_of_layer(view, target)
        return next((step for _, step in ways if step.variant == wanted), None) or lower_layer(view, target)[1]

    def fixes(self, view: OpView) -> bool:
        """True where the layer's kernel variant is chosen, so that it must not get another one."""
        return view.op.index in self.variants

    def permits(self, group: LoweredOperator) -> bool:
        """True where a group of operators may be done in this step: nothing else is chosen for its last one."""
        return self.variants.get(group.op.index, group.variant) == group.variant

    def demands(self, group: LoweredOperator) -> bool:
        """True where it has to be done in this step, whether that saves memory or not."""
        return self.variants.get(group.op.index) == group.variant

    def check(self, steps: Sequence[LoweredOperator], name: str) -> None:
        """Raise InputError where a layer of model `name` is not done as chosen: this version has no such kernel variant for it."""
        # In a cascade every layer keeps its own kernel variant.
        inside = {op.index for step in steps for op in (*step.merged, *([step.op] if step.rows else []))}
        made = {step.op.index: step.variant for step in steps}
        for layer, variant in sorted(self.variants.items()):
            if layer not in inside and made.get(layer) != variant:
                raise InputError(
                    f"layer {layer} has no kernel variant '{variant}', which was chosen for it",
                    on=name,
                    expected=f"'{made[layer]}' or another one of this version" if layer in made else "a layer of the model",
                    hint="ways_of_layer lists those of a layer",
                )


DEFAULT = Choice()
"""Names nothing."""
