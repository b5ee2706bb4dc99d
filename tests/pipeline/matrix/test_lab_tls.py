"""A lab with TLS: with a certificate of its authority a real job is done there, without one nothing is."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

pytest.importorskip("distributed", reason="the extra 'lab' is not installed")

from tests import small_models
from tests.cli.running import mcu
from tests.pipeline.matrix.lab import lab_here

pytestmark = pytest.mark.slow


def certificates(folder: Path) -> dict[str, str]:
    """What Dask reads from the environment: an authority and one certificate for every role."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl")

    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True, timeout=120)

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=lab", "-keyout", "ca-key.pem", "-out", "ca.pem")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=all", "-keyout", "key.pem", "-out", "all.csr")
    openssl("x509", "-req", "-in", "all.csr", "-CA", "ca.pem", "-CAkey", "ca-key.pem", "-CAcreateserial", "-days", "2", "-out", "all.pem")
    begin = "DASK_DISTRIBUTED__COMM__"
    roles = {f"{begin}TLS__{role}__{what}": str(folder / file) for role in ("CLIENT", "SCHEDULER", "WORKER") for what, file in FILES}
    return {f"{begin}REQUIRE_ENCRYPTION": "true", f"{begin}TLS__CA_FILE": str(folder / "ca.pem"), **roles}


FILES = (("CERT", "all.pem"), ("KEY", "key.pem"))


def test_a_real_job_goes_to_a_lab_with_tls_and_nothing_without_a_certificate(tmp_path: Path) -> None:
    environment = certificates(tmp_path)
    (tmp_path / "m.tflite").write_bytes(small_models.fully_connected())
    with lab_here(tmp_path, environment, protocol="tls") as lab:
        assert lab.address.startswith("tls://127.0.0.1:")
        lab.start_worker("bench")
        lab.wait_for("bench")
        words = ("matrix", "m.tflite", "-b", "host", "--scheduler", lab.address, "--json", "m.json")
        stranger = mcu(*words, cwd=tmp_path)
        assert stranger.exit_code == 3
        assert "the scheduler cannot be reached" in stranger.stderr
        found = mcu(*words, cwd=tmp_path, env=environment)
        assert found.exit_code == 0, found.stderr
        (row,) = json.loads((tmp_path / "m.json").read_text())["rows"]
        assert (row["verdict"], row["figures"]["flash_bytes"] > 0) == ("pass", True)
        again = mcu(*words, cwd=tmp_path, env=environment)
        assert "1 known from an earlier run" in again.stdout
