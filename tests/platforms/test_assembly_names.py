"""What assembly names and C defines is marked `used`: with -flto the compiler does not see the assembly, and would drop it."""

from __future__ import annotations

import re

from mcu_toolkit.resources import templates_dir

NAMED = re.compile(r'"(?:\d: )?(?:ldr \w+, =|la \w+, |j |b |bl |call |tail )([a-z_]\w{3,})')
FUNCTION = r"^(?![\s/#]).*\b{name}\([^;{{]*\{{$"
VARIABLE = r"^(?!extern|static|[\s/#]).*\b{name}(?:\[\w+\])?(?: __attribute__.*)?;$"


def test_names_in_assembly_are_kept() -> None:
    texts = [path.read_text() for path in templates_dir().rglob("*.[ch]*") if "kernels" not in path.parts]
    named = {name for text in texts for name in NAMED.findall(text)}
    definitions = {
        name: [line for form in (FUNCTION, VARIABLE) for text in texts for line in re.findall(form.format(name=name), text, re.MULTILINE)]
        for name in named
    }
    defined = {name for name, lines in definitions.items() if lines}
    assert defined >= {"fault_c", "start_c", "fault_stack", "systick_wraps", "trap_entry", "mcu_fault_c"}
    assert [line for lines in definitions.values() for line in lines if "used" not in line] == []
