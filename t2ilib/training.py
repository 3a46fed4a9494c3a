"""Training as a whole: resumable runs, the queue, and what is shipped.

A run lives in a folder: `state.pt` (everything, replaced atomically), `order.json` (what was asked for), `log.csv`,
`samples/`, and at the end NAME.safetensors with its card NAME.json. Killing it at any moment loses at most one save
interval; a resumed run gives the weights of an undisturbed one, bit for bit on the same machine.
"""

import csv
import json
import platform
import shlex
import sys
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from lightning_fabric import Fabric

from t2ilib import checkpoint, figures, runtime
from t2ilib.jobs import JOBS, Order, Prepared, check_options, job
from t2ilib.processes import is_first, launch, running_statistics, shared_out
from t2ilib.train import TrainState, every, saver

LOOK_EVERY = 1000           # steps between pictures in samples/


class OutOfTime(Exception):
    """The budget of a queue is spent; the state is saved."""


@dataclass(frozen=True)
class Place:
    """Where and how a run computes and keeps its files."""

    out: Path
    device: str = "auto"
    devices: int = 1
    nodes: int = 1
    threads: int = 0            # 0 leaves torch's choice
    resume: bool = False


def train(order: Order, place: Place, deadline: float | None = None) -> Path:
    """Run a job to its end; gives the checkpoint's path.

    Raises: ValueError if the folder holds another order, or a run that was not asked to be resumed;
            OutOfTime at the deadline (a time of `time.monotonic`), with the state saved.
    """
    if place.threads:
        torch.set_num_threads(place.threads)
    runtime.device(place.device)                    # an unknown device should be refused before anything is drawn
    work, threads = job(order.name), torch.get_num_threads()
    check_options(order)
    torch.manual_seed(runtime.derived_seed(order.seed))
    prepared = work.prepare(order)
    ours = facts(order, place, prepared)
    check_folder(ours, place)
    prepared = replace(prepared, batches=shared_out(prepared.batches, place.devices * place.nodes))
    try:
        return launch(run, order, place, prepared, ours, deadline, device=place.device,
                      precision=prepared.recipe.precision, devices=place.devices, nodes=place.nodes)
    finally:
        torch.set_num_threads(threads)              # several processes have shared them


def run(fabric: Fabric, order: Order, place: Place, prepared: Prepared, ours: dict, deadline: float | None) -> Path:
    """What each process does; the first one alone writes files, and what it finds in the folder holds for all."""
    state, state_file = TrainState(prepared.task, prepared.recipe, fabric, order.seed), place.out / "state.pt"
    if fabric.is_global_zero:
        runtime.write_text(place.out / "order.json", json.dumps(ours, indent=1))
    if fabric.broadcast(state_file.exists()):
        state.load(state_file)
    work = job(order.name)
    watchers = [saver(state_file), logger(place.out), looker(work, place.out)] if fabric.is_global_zero else []
    work.fit(prepared.task, state, prepared.batches, every(*watchers, stopper(state_file, deadline)))
    path = finish(order, place, prepared, state)
    fabric.barrier()                                # no process should look for the files before they are there
    return path


def facts(order: Order, place: Place, prepared: Prepared) -> dict:
    """All that decides the weights but the number of steps; a run continues only where they agree.

    The number of processes decides them only for a model with batch normalisation, which depends on the shares.
    """
    asked = {key: str(value) if isinstance(value, Path) else value for key, value in asdict(order).items()
             if key != "steps"}
    made = {"config": asdict(prepared.config), "world": prepared.world, "threads": torch.get_num_threads(),
            "needs": {name: checkpoint.sha256(checkpoint.find(name)) for name in job(order.name).needs}}
    if running_statistics(prepared.task):
        made |= {"devices": place.devices, "nodes": place.nodes}
    return json.loads(json.dumps(asked | made))


def check_folder(ours: dict, place: Place) -> None:
    """Raises: ValueError if the folder holds something else, or a run that was not asked to be resumed."""
    note = place.out / "order.json"
    if not (note.exists() and (place.out / "state.pt").exists()):
        return
    theirs = json.loads(note.read_text(encoding="utf-8"))
    changed = [key for key in ours if theirs.get(key) != ours[key]]
    if changed:
        raise ValueError(f"{place.out} should hold a run with {changed[0]} = {ours[changed[0]]}, but it was "
                         f"started with {theirs.get(changed[0])}; use the same, or another --out")
    if not place.resume:
        raise ValueError(f"{place.out} should be empty, but it holds a run; continue it with --resume, or choose "
                         "another --out")


def looker(work, out: Path):
    """A watcher that paints the same captions every LOOK_EVERY steps, so that a run can be judged while it runs."""
    def watch(state: TrainState) -> None:
        if work.picture and state.step % LOOK_EVERY < state.recipe.log_every:
            path = out / "samples" / f"step_{state.step:06d}.png"
            sheet = figures.sheet(work.picture(state))
            runtime.write_atomically(path, lambda temporary: figures.save_png(sheet, temporary))
    return watch


def logger(out: Path):
    """A watcher that writes the log as often as the state is saved: the curves of a killed run can be drawn."""
    def watch(state: TrainState) -> None:
        if state.step % state.recipe.save_every < state.recipe.log_every:
            write_log(state.history, out / "log.csv")
    return watch


def stopper(state_file: Path, deadline: float | None):
    """A watcher that saves and stops at the deadline; the first process decides for all."""
    def watch(state: TrainState) -> None:
        if deadline is None or state.step >= state.recipe.steps:
            return
        if state.fabric.broadcast(time.monotonic() > deadline):
            state.save(state_file)
            raise OutOfTime(f"stopped at step {state.step:,} of {state.recipe.steps:,}; the state is saved")
    return watch


def finish(order: Order, place: Place, prepared: Prepared, state: TrainState) -> Path:
    """Save the state, the log, the checkpoint and its card."""
    path = place.out / f"{order.name}.safetensors"
    if not state.fabric.is_global_zero:
        return path
    state.save(place.out / "state.pt")
    write_log(state.history, place.out / "log.csv")
    work = job(order.name)
    checkpoint.save(path, order.name, prepared.config, work.weights(state), work.needs)
    checkpoint.write_card(path, card(order, place, prepared, state))
    return path


def card(order: Order, place: Place, prepared: Prepared, state: TrainState) -> dict:
    """How the checkpoint came to be; `measure` adds how good it is."""
    command = ["t2i", "train", order.name, "--profile", order.profile, "--variant", order.variant,
               "--seed", str(order.seed), "--steps", str(state.recipe.steps)]
    command += ["--data", order.data.name] if order.data else []
    command += ["--from", order.start.name] if order.start else []
    command += ["--level", str(order.level)] if order.level else []
    command += ["--device", state.fabric.device.type, "--threads", str(torch.get_num_threads())]
    command += ["--devices", str(place.devices), "--nodes", str(place.nodes)] if state.fabric.world_size > 1 else []
    return {"name": order.name, "command": shlex.join(command), "world": prepared.world, "size": prepared.size,
            "steps": state.step, "seconds": round(state.seconds), "device": device_name(state),
            "threads": torch.get_num_threads(), "devices": place.devices, "profile": order.profile,
            "from": origin(order.start), "variant": order.variant, "recipe": asdict(state.recipe),
            "versions": checkpoint.versions(), "metrics": {}}


def origin(start: Path | None) -> dict | None:
    """What a training continued from: the steps and seconds it does not have to count itself."""
    if start is None:
        return None
    known = checkpoint.read_card(start) or {}
    return {"sha256": checkpoint.sha256(start)} | {key: known[key] for key in ("steps", "seconds", "world", "from")
                                                   if key in known}


def device_name(state: TrainState) -> str:
    """What it ran on, in words."""
    if state.fabric.device.type == "cuda":
        return f"{torch.cuda.get_device_name(state.fabric.device)}, {state.precision}"
    return f"CPU ({platform.machine()}, {torch.get_num_threads()} thread(s)), {state.precision}"


def write_log(history: list[dict], path: Path) -> None:
    """The logged terms as a table, one row every `log_every` steps."""
    columns = list(dict.fromkeys(key for row in history for key in row))

    def write(temporary: Path) -> None:
        with open(temporary, "w", newline="") as stream:
            table = csv.DictWriter(stream, columns)
            table.writeheader()
            table.writerows(history)
    runtime.write_atomically(path, write)


def measure(path: Path, profile: str = "laptop") -> dict:
    """Measure a checkpoint and write the metrics into its card; gives the card.

    Raises: ValueError for a smoke measurement of a shipped checkpoint: smoke numbers are never results.
    """
    if profile == "smoke" and path.parent == runtime.CHECKPOINTS:
        raise ValueError(f"{path} should be measured with --profile laptop or gpu, got smoke; its card is what the "
                         "course shows")
    content = checkpoint.read_card(path)
    work = job(checkpoint.load(str(path)).kind)
    content["metrics"] = work.measure(path, profile, level_of(content))
    content["measured with"] = {name: checkpoint.sha256(checkpoint.find(name)) for name in work.judges}
    checkpoint.write_card(path, content)
    return content


def level_of(card: dict) -> int:
    """The level of the world that a checkpoint saw, on which it is measured; 1 for genuine pictures."""
    return card.get("world", {}).get("level", 1)


def ship(name: str, folder: Path) -> tuple[bool, str]:
    """Measure NAME in its training folder and copy it to the shipped checkpoints if it is better than what is there.

    Gives whether it was shipped, and the reason in words.
    Raises: FileNotFoundError if it is not trained; ValueError for a smoke run or foreign data.
    """
    path, target = folder / f"{name}.safetensors", runtime.CHECKPOINTS / f"{name}.safetensors"
    fit_to_ship(name, path, checkpoint.read_card(checkpoint.find(str(path))))
    new, headline = measure(path), job(name).headline
    score, old = new["metrics"][headline], shipped_score(target, new, headline)
    if old and score["low"] <= old["value"]:
        return False, (f"kept the shipped {name}: its {headline} is {old['value']:.3f}; the new one has "
                       f"{score['value']:.3f} [{score['low']:.3f}, {score['high']:.3f}], not better beyond that")
    for source, goal in ((path, target), (folder / "log.csv", target.with_suffix(".csv"))):
        runtime.write_atomically(goal, lambda temporary, source=source: temporary.write_bytes(source.read_bytes()))
    checkpoint.write_card(target, new)
    return True, f"shipped {name}: {headline} {score['value']:.3f} [{score['low']:.3f}, {score['high']:.3f}]"


def fit_to_ship(name: str, path: Path, card: dict) -> None:
    """Raises: ValueError for a smoke run, or one that did not see the data of the course."""
    if card.get("profile") == "smoke":
        raise ValueError(f"{path} should be a serious run, got one of the profile smoke; use --profile laptop")
    wanted, world = job(name).world, card.get("world", {}).get("name")
    if world != wanted:
        raise ValueError(f"{path} should be trained on {wanted}, on which everything shipped is measured, got "
                         f"{world!r}; keep it where it is, and draw with --name")


def shipped_score(target: Path, new: dict, headline: str) -> dict | None:
    """The headline score of what is shipped, by the judges and on the level of the new card; None if nothing is there.

    A model of level 1 that is to give way to one of level 2 has to show first what it can do at level 2.
    """
    if not target.exists():
        return None
    card = checkpoint.read_card(target)
    if level_of(card) != level_of(new):
        return job(new["name"]).measure(target, "laptop", level_of(new))[headline]
    if card.get("measured with") != new["measured with"] or card.get("sha256") != checkpoint.sha256(target):
        card = measure(target)
    return card["metrics"][headline]


def missing() -> list[str]:
    """The names of the queue that have no shipped checkpoint, in order."""
    return [name for name in JOBS if not (runtime.CHECKPOINTS / f"{name}.safetensors").exists()]


def train_missing(order: Order, place: Place, budget: float | None) -> int:
    """Train and ship what is missing, one after another, until `budget` seconds are over; gives the exit code.

    Raises: ValueError for the profile smoke or a number of steps: what is shipped is trained in full.
    """
    if order.profile == "smoke" or order.steps is not None:
        raise ValueError("--missing should train in full what is shipped, got --profile smoke or --steps; name one "
                         "model instead")
    deadline = None if budget is None else time.monotonic() + budget
    for name in missing():
        here = replace(place, out=place.out / name, resume=True)
        say(f"{name}: training in {here.out}")
        try:
            train(replace(order, name=name), here, deadline)
        except OutOfTime as stop:
            say(f"{name}: {stop}; the next call continues")
            return 0
        if is_first():
            say(ship(name, here.out)[1])
    say("nothing is missing", file=sys.stderr)
    return 0


def say(line: str, file=None) -> None:
    """Print a line, in the first process only."""
    if is_first():
        print(line, file=file, flush=True)
