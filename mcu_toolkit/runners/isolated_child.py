"""The child process of `isolated`: a script that is given the parent's module path as JSON, and serves calls until its pipe is closed."""

from __future__ import annotations

import json
import sys

if __name__ == "__main__":
    sys.path[:] = json.loads(sys.argv[1])  # the same modules as the parent's, and nothing of this folder under another name

from mcu_toolkit.runners.interpreter_child import serve
from mcu_toolkit.runners.isolated import Call, perform

if __name__ == "__main__":
    serve(Call, perform)
