"""First of all: is it right, how good is it, how much does it take?"""

from __future__ import annotations

from mcu_toolkit.artifacts import Level
from mcu_toolkit.artifacts.scores import RegressionScore
from mcu_toolkit.report.cycles import band_text, time_text
from mcu_toolkit.report.page.blocks import Facts, Note, Section, Tile, Tone
from mcu_toolkit.report.page.run import Run
from mcu_toolkit.report.page.words import share, written
from mcu_toolkit.runners import roles
from mcu_toolkit.units import format_bytes

_EQUAL = (Level.LAYERS_EQUAL, Level.BYTE_EQUAL)


def headline(run: Run) -> str:
    """The verdict as a sentence."""
    who = run.board or "this machine"
    if run.verdict == "fail":
        return f"{run.model_name} on {who} is not as it should be"
    farthest = max((found.max_lsb for found in run.comparisons if found.a in roles.must_be_equal()), default=0)
    caveat = "" if run.compared_with_tflm else ", which was not compared with TFLM"
    how = "computes exactly what" if not farthest else f"computes, to within {farthest:,} LSB, what"
    return f"{run.model_name}: {who} {how} {run.golden} does{caveat}"


def judged_accuracy(run: Run) -> tuple[str, float] | None:
    """(runner, accuracy) of what is nearest to the board."""
    return next(((name, run.accuracy[name]) for name in roles.nearest_to_the_board() if name in run.accuracy), None)


def tiles(run: Run) -> tuple[Tile, ...]:
    """The figures that everybody asks for; what is not known has no tile."""
    found = [_accuracy(run), _parity(run)]
    numbers, marks = run.numbers, run.watermarks
    if "flash_bytes" in numbers:
        left = "" if marks is None or marks.flash_left_bytes is None else f"{format_bytes(marks.flash_left_bytes)} left"
        found.append(Tile("Flash", written(numbers["flash_bytes"], "bytes"), left))
    if "ram_bytes" in numbers:
        left = "" if marks is None or marks.ram_left_bytes is None else f"{format_bytes(marks.ram_left_bytes)} left; "
        found.append(Tile("RAM", written(numbers["ram_bytes"], "bytes"), f"{left}arena {written(numbers.get('arena_bytes'), 'bytes')}"))
    if "stack_bytes" in numbers:
        reserved = numbers.get("stack_reserved_bytes")
        found.append(Tile("Stack", written(numbers["stack_bytes"], "bytes"), "" if not reserved else f"of {written(reserved, 'bytes')}"))
    found.append(_speed(run))
    return tuple(tile for tile in found if tile is not None)


def _accuracy(run: Run) -> Tile | None:
    judged = judged_accuracy(run)
    if judged is not None:
        name, value = judged
        against = run.accuracy.get(roles.FLOAT)
        detail = f"{name}, against labels" + ("" if against is None or name == roles.FLOAT else f"; float {share(against)}")
        return Tile("Accuracy", share(value), detail)
    errors = {name: score.mae for name, score in run.scores.items() if isinstance(score, RegressionScore)}
    nearest = next((name for name in roles.nearest_to_the_board() if name in errors), None)
    return None if nearest is None else Tile("Mean absolute error", f"{errors[nearest]:.4g}", f"{nearest}, against targets")


def _parity(run: Run) -> Tile | None:
    own = [found for found in run.comparisons if found.a in roles.must_be_equal()]
    if not own:
        return None
    first = own[0]
    tone: Tone = "good" if first.level in _EQUAL else "bad" if run.verdict == "fail" else "plain"
    samples = f"{first.samples - first.differing_samples:,} of {first.samples:,} samples equal"
    return Tile("Parity", first.level.value.replace("-", " "), f"{first.a} with {first.b}: {samples}", tone)


def _speed(run: Run) -> Tile | None:
    numbers = run.numbers
    if "latency_us" in numbers:
        return Tile("Time", written(numbers["latency_us"], "us"), "an inference, median")
    if run.cycles is not None:
        band, clock_hz = run.cycles.band, run.cycles.clock_hz
        if band is None:
            source = "by the core's manual, without wait states" if run.cycles.source == "estimated" else "counted by the board"
            return Tile("Cycles", f"{run.cycles.value:,}", f"an inference, {source}")
        time = "" if not clock_hz else f", {time_text(band, clock_hz)}"
        return Tile(
            "Cycles", f"{band_text(band)} M", f"an inference, estimated{'' if run.cycles.calibrated else ', core not calibrated'}{time}"
        )
    if "instructions" in numbers:
        return Tile("Instructions", f"{numbers['instructions']:,.0f}", "an inference")
    return None


def deployed(run: Run) -> Section:
    """What was deployed: names, hashes, versions."""
    pairs = [
        ("model", run.model_name),
        ("model SHA-256", run.model_sha256),
        ("board", run.board or "none: a run on this machine"),
        ("runtime", run.runtime or ""),
        ("firmware build", run.build_id or ""),
        ("image SHA-256", run.details.image_sha256),
        ("judged by", run.golden if run.compared_with_tflm else f"{run.golden}, not compared with TFLM"),
        ("inputs", run.details.data),
        ("inputs SHA-256", "" if run.details.predictions is None else run.details.predictions.inputs_sha256),
        ("clock", f"{run.numbers['clock_hz'] / 1e6:,.6g} MHz" if run.numbers.get("clock_hz") else ""),
        ("mcu-toolkit", run.toolkit_version),
        *sorted(run.details.versions.items()),
        ("result file", run.source),
    ]
    return Section("deployed", "What was run", "", (Facts(tuple((name, value) for name, value in pairs if value)),))


def remarks(run: Run) -> Section | None:
    """What else the reader must know, and what is not known."""
    blocks = [Note(note) for note in run.notes]
    blocks += [Note(f"{one.runner} could not run: {one.why}", "bad") for one in run.not_run]
    blocks += [Note(f"{name} is not known: {why}") for name, why in run.unknown.items()]
    return Section("remarks", "Remarks", "", tuple(blocks)) if blocks else None
