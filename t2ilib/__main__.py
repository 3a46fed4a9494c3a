"""The command line: `t2i` or `python -m t2ilib`."""

import re
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal

import tyro
from tyro.conf import Positional, arg, subcommand

from t2ilib import runtime

Profile = Literal["smoke", "laptop", "gpu"]


@dataclass
class Draw:
    """Draw a sentence."""

    sentence: Positional[str]
    """What to draw, such as "a small red bird with black wings"."""
    n: int = 8
    """How many pictures."""
    seed: int = 0
    """Seed of the noise."""
    out: Path = Path("drawing.png")
    """The picture file."""
    name: str = "gan_int_cls"
    """The generator: a shipped name, or the file of your own training."""

    def run(self) -> int:
        from t2ilib import figures, sample
        drawing = sample.Painter.shipped(self.name).draw(self.sentence, self.n, self.seed)
        figures.write_png(figures.drawing_sheet(drawing), self.out)
        named = [mark for marks in drawing.seen for mark in marks]
        right = sum(wanted == seen for _, wanted, seen in named)
        found = f"; of {len(named)} named colours the probe finds {right}" if named else ""
        print(f"{self.out}: {self.n} pictures{found}")
        if drawing.message:
            print(drawing.message)
        return 0


@dataclass
class Train:
    """Train a model, or what is missing."""

    name: Positional[str] = ""
    """Such as gan or gan_int_cls (an unknown name lists them all); leave it out with --missing."""
    missing: bool = False
    """Train everything that has no shipped checkpoint, in order, and ship it."""
    budget: str = ""
    """With --missing: stop after this time, such as 25m or 2h; the next call continues."""
    profile: Profile | None = None
    """Size and length of the run."""
    variant: Literal["steady", "published"] = "steady"
    """Which recipe."""
    seed: int = 0
    """Seed of weights, batches and noise."""
    steps: int | None = None
    """Instead of the recipe's number of steps."""
    threads: int = 0
    """Threads of the CPU; 1 while anything else runs."""
    data: Path | None = None
    """A folder in the layout of CUB-200-2011 or of Oxford-102 instead of the rendered world."""
    level: Literal[1, 2, 3] | None = None
    """Difficulty of the rendered world, instead of the model's own."""
    start: Annotated[Path | None, arg(name="from")] = None
    """A checkpoint to continue from."""
    out: Path | None = None
    """Folder of the run; runs/train/NAME unless given."""
    resume: bool = False
    """Continue the run in the folder."""
    device: str = "auto"
    """auto, cpu or cuda."""
    devices: int = 1
    """Processes on this machine, one for each GPU; together they take each step of one."""
    nodes: int = 1
    """Machines; each needs MASTER_ADDR, MASTER_PORT and its own NODE_RANK, unless torchrun or SLURM set them."""

    def run(self) -> int:
        from t2ilib import training
        from t2ilib.jobs import Order
        if bool(self.name) == self.missing:
            raise ValueError("a name or --missing should be given, got " + ("both" if self.name else "neither"))
        order = Order(self.name, self.profile or runtime.profile(), self.variant, self.seed, self.data, self.steps,
                      self.start, self.level)
        base = self.out or runtime.REPOSITORY / "runs" / "train" / self.name
        place = training.Place(base, self.device, self.devices, self.nodes, self.threads, self.resume)
        if self.missing:
            return training.train_missing(order, place, seconds(self.budget))
        path = training.train(order, place)
        training.say(f"{path}: trained; next: t2i measure {path}, or t2i ship {self.name}")
        return 0


def seconds(text: str) -> float | None:
    """'25m' -> 1500.0; '' -> None.

    Raises: ValueError for anything but a number with s, m or h.
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh])", text) if text else None
    if text and not found:
        raise ValueError(f"the budget should be a number with s, m or h, such as 25m, got {text!r}")
    return float(found[1]) * {"s": 1, "m": 60, "h": 3600}[found[2]] if found else None


@dataclass
class Measure:
    """Measure a checkpoint and write the numbers into its card."""

    name: Positional[str]
    """A shipped name, or a file."""
    profile: Profile = "laptop"
    """How many captions."""

    def run(self) -> int:
        from t2ilib import checkpoint, training
        card = training.measure(checkpoint.find(self.name), self.profile)
        for metric, value in card["metrics"].items():
            print(f"{metric}: {value}")
        return 0


@dataclass
class Reproduce:
    """Run a study, several seeds of the same experiment, and store what it showed in data/results."""

    name: Positional[str]
    """A study, such as gan_line; an unknown name lists them all."""
    profile: Profile = "laptop"
    """smoke runs the code path and stores nothing."""

    def run(self) -> int:
        from t2ilib import studies
        content = studies.reproduce(self.name, self.profile)
        for metric, found in content["measures"].items():
            print(f"{metric}: {found['value']:.4g} [{found['low']:.4g}, {found['high']:.4g}] · "
                  f"n = {found['n']:,} {found['unit']}")
        print(f"{self.name}: {content['seconds']} s; " + ("nothing is stored in smoke" if self.profile == "smoke"
                                                          else str(studies.path(self.name))))
        return 0


@dataclass
class Ship:
    """Measure a training and ship it if it is better than what is shipped."""

    name: Positional[str]
    """The trained name."""
    out: Path | None = None
    """Folder of the run; runs/train/NAME unless given."""

    def run(self) -> int:
        from t2ilib import training
        _, reason = training.ship(self.name, self.out or runtime.REPOSITORY / "runs" / "train" / self.name)
        print(reason)
        return 0


@dataclass
class Make:
    """Write the bird world to disk in the layout of CUB-200-2011."""

    what: Positional[Literal["birds"]]
    """The world."""
    images: int = 12_000
    """How many pictures, spread over all 1,100 species."""
    size: int = 128
    """Side of a picture in pixels, 32 to 512."""
    level: Literal[1, 2, 3] = 3
    """Difficulty: 1 plain, 2 with patterns, feathers and light, 3 with poses and deep backgrounds."""
    out: Path = Path("birds")
    """The new folder."""

    def run(self) -> int:
        from t2ilib.data import cub_write
        from t2ilib.data.birds import World
        cub_write.write(World(0, self.level), self.out, self.images, self.size)
        print(f"{self.out}: {self.images:,} pictures of {self.size} x {self.size} pixels")
        return 0


@dataclass
class Check:
    """Check a data set on disk: recognise its layout, count what is there, or name the first damage."""

    folder: Positional[Path]
    """The folder."""

    def run(self) -> int:
        from t2ilib.data import check
        return check.main(self.folder)


@dataclass
class Get:
    """Download a genuine data set, or say how to get it by hand."""

    name: Positional[str]
    """cub, cub-segmentations, cub-captions, cub-attngan, flowers, flower-captions, mnist or coco-captions."""
    out: Path | None = None
    """The folder; by default cub, flowers, mnist or coco."""

    def run(self) -> int:
        from t2ilib.data import download
        download.get(self.name, self.out)
        return 0


@dataclass
class Data:
    """Make, get or check data sets."""

    do: Annotated[Annotated[Make, subcommand("make")] | Annotated[Get, subcommand("get")]
                  | Annotated[Check, subcommand("check")], arg(name="")]

    def run(self) -> int:
        return self.do.run()


@dataclass
class Run:
    """Run chapters without a browser; writes pages, times, memory and verdicts."""

    chapters: Positional[tuple[str, ...]] = ()
    """Chapter numbers such as 00 05; all of them if none is given."""
    profile: Profile | None = None
    """smoke, laptop or gpu."""
    device: str = "auto"
    """auto, cpu or cuda."""
    solved: bool = False
    """Fill in the reference answers of the exercises."""
    out: Path | None = None
    """Folder of the pages; runs/latest unless given."""
    jobs: int = 1
    """Chapters at a time."""
    force: bool = False
    """Also run what is done already."""
    record: bool = False
    """Write the measured times into the sources."""

    def run(self) -> int:
        from t2ilib import course
        options = course.RunOptions(profile=self.profile or runtime.profile(), device=self.device, solved=self.solved,
                                    jobs=self.jobs, force=self.force, record=self.record)
        return course.run(list(self.chapters), replace(options, out=self.out) if self.out else options)


@dataclass
class Bench:
    """Measure how fast the course runs here: ratios, side by side."""

    json: bool = False
    """Print JSON instead of a table."""

    def run(self) -> int:
        from t2ilib import bench
        bench.run(self.json)
        return 0


@dataclass
class Study:
    """Open chapters in JupyterLab, on copies of your own."""

    chapters: Positional[tuple[str, ...]] = ()
    """Chapter numbers; all of them if none is given."""

    def run(self) -> int:
        from t2ilib import desk
        return desk.study(list(self.chapters))


@dataclass
class Exercises:
    """List the exercises with your progress, hand it in, or make the table of a class."""

    chapters: Positional[tuple[str, ...]] = ()
    """Chapter numbers such as 00 05; all of them if none is given."""
    export: Path | None = None
    """Write your own progress to this file, to hand it in: NAME.json."""
    class_table: tuple[Path, ...] = ()
    """Progress files of learners, or folders of them: a row for each goes into the table."""
    out: Path = Path("class.csv")
    """The table of the class."""

    def run(self) -> int:
        from t2ilib import course, gradebook, progress
        if self.export and self.class_table:
            raise ValueError("export (a learner's) or class-table (a teacher's) should be given, got both; take one")
        if self.export:
            progress.export(self.export)
            print(f"{self.export}: your progress, to hand in")
            return 0
        chapters = gradebook.chapters(course.select(list(self.chapters)))
        print(gradebook.class_table(self.class_table, chapters, self.out) if self.class_table
              else gradebook.listing(chapters))
        return 0


Command = (Annotated[Draw, subcommand("draw")] | Annotated[Run, subcommand("run")]
           | Annotated[Study, subcommand("study")] | Annotated[Exercises, subcommand("exercises")]
           | Annotated[Train, subcommand("train")] | Annotated[Measure, subcommand("measure")]
           | Annotated[Reproduce, subcommand("reproduce")] | Annotated[Ship, subcommand("ship")]
           | Annotated[Data, subcommand("data")] | Annotated[Bench, subcommand("bench")])


def main(arguments: list[str] | None = None) -> int:
    """Run a command; expected mistakes are one line on stderr and exit code 1."""
    about = "From GAN to Text-to-Image: the course's commands."
    command = tyro.cli(Command, args=arguments, prog="t2i", description=about)
    try:
        return command.run()
    except (ValueError, FileNotFoundError, FloatingPointError) as problem:
        print(f"t2i: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("t2i: interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
