"""Lines of code, now and at an earlier commit: blank lines, comments and docstrings do not count.

python -m scripts.code_lines REF             product, C, tests and tools, at REF and in the working tree
python -m scripts.code_lines REF REGEX       the same; files whose path matches REGEX are new features, and stand apart

What a feature added to a file that was there before is not told from other changes of it.
"""

from __future__ import annotations

import ast
import io
import re
import subprocess
import sys
import tokenize
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PARTS: Mapping[str, re.Pattern[str]] = {
    "product, Python": re.compile(r"mcu_toolkit/.*\.py"),
    "kernels, C": re.compile(r"firmware_templates/runtimes/aot/kernels/.*\.(?:c|h)"),
    "firmware, C": re.compile(r"firmware_templates/.*\.(?:c|h|cc|cpp|S|j2)"),
    "tests, Python": re.compile(r"tests/.*\.py"),
    "tools, Python": re.compile(r".*\.py"),
}
"""A file belongs to the first part whose pattern its path matches."""
_NO_CODE = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
_C_COMMENT = re.compile(r"/\*.*?\*/|\{#.*?#\}|//[^\n]*", re.DOTALL)


def python_lines(source: str) -> int:
    """Lines of Python that hold code."""
    texts = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
    documentation = {line for node in texts for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)}
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    code = {line for token in tokens if token.type not in _NO_CODE for line in range(token.start[0], token.end[0] + 1)}
    return len(code - documentation)


def c_lines(source: str) -> int:
    """Lines of C, or of a template of C, that hold code."""
    bare = _C_COMMENT.sub(lambda found: "\n" * found[0].count("\n"), source)
    return sum(bool(line.strip()) for line in bare.splitlines())


def count(files: Iterable[tuple[str, str]], features: re.Pattern[str] | None = None) -> Counter[tuple[str, bool]]:
    """Lines of code by part, and whether the path of the file (path, content) is a feature's."""
    lines: Counter[tuple[str, bool]] = Counter()
    for path, content in files:
        part = next((name for name, pattern in PARTS.items() if pattern.fullmatch(path)), None)
        if part is not None:
            is_new = features is not None and features.search(path) is not None
            lines[part, is_new] += (python_lines if path.endswith(".py") else c_lines)(content)
    return lines


def _git(*words: str, given: bytes | None = None) -> bytes:
    return subprocess.run(["git", *words], cwd=ROOT, input=given, stdout=subprocess.PIPE, check=True).stdout


def _counted(paths: Iterable[str]) -> list[str]:
    return [path for path in paths if any(pattern.fullmatch(path) for pattern in PARTS.values())]


def files_at(ref: str) -> Iterable[tuple[str, str]]:
    """(path, content) of each file that counts, at commit `ref`."""
    paths = _counted(_git("ls-tree", "-r", "--name-only", ref).decode().splitlines())
    answer = io.BytesIO(_git("cat-file", "--batch", given="".join(f"{ref}:{path}\n" for path in paths).encode()))
    for path in paths:
        size = int(answer.readline().split()[2])
        yield path, answer.read(size).decode("utf-8")
        answer.read(1)


def files_now() -> Iterable[tuple[str, str]]:
    """The same of the working tree."""
    paths = _counted(_git("ls-files").decode().splitlines())
    return ((path, (ROOT / path).read_text("utf-8")) for path in paths if (ROOT / path).is_file())


def main() -> None:
    """Print a row for each part, and one for all."""
    ref, *rest = sys.argv[1:]
    features = re.compile(rest[0]) if rest else None
    before, now = count(files_at(ref), features), count(files_now(), features)
    print(f"{'lines of code':<20} {ref[:9]:>9} {'now':>9} {'change':>9} {'features':>9}")
    for part in (*PARTS, "all"):
        parts = PARTS if part == "all" else (part,)
        then, later = (sum(lines[one, False] for one in parts) for lines in (before, now))
        new = sum(now[one, True] - before[one, True] for one in parts)
        print(f"{part:<20} {then:>9,} {later:>9,} {later - then:>+9,} {new:>+9,}")


if __name__ == "__main__":
    main()
