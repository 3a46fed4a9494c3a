"""The map of the papers: what each adds, which loss term, which chapter, which file. "You are here"."""

from dataclasses import dataclass
from html import escape

from t2ilib.figures import COLOUR, Markup
from t2ilib.pairing import NOTEBOOKS

WIDTH, LEFT, BOX, TALL, GAP = 820, 24, 182, 92, 20          # CSS pixels: page, first box, box, gap between boxes
BAR, SPACE, TOP = 34, 34, 10                                # height of a bar, between rows, above all
ROWS = {"bar": TOP, "first": TOP + BAR + 22, "second": TOP + BAR + 22 + TALL + SPACE}
ROWS |= {"branch": ROWS["second"] + TALL + SPACE + 8}
ROWS |= {"end": ROWS["branch"] + TALL + 22}
HEIGHT = ROWS["end"] + BAR + TOP


@dataclass(frozen=True)
class Paper:
    """A box of the map."""

    name: str
    year: int
    chapters: tuple[str, ...]   # notebook stems, the first one builds it
    adds: str
    loss: str
    file: str                   # in t2ilib/
    row: str                    # a key of ROWS
    column: int


PAPERS = (
    Paper("GAN", 2014, ("01_gan",), "two players, one game", "log D(x) + log(1 − D(G(z)))", "papers/gan.py",
          "first", 0),
    Paper("DCGAN", 2016, ("02_dcgan",), "convolutions that train", "the same; Adam, β₁ = 0.5", "papers/dcgan.py",
          "first", 1),
    Paper("conditional GAN", 2014, ("03_conditional_gan",), "a condition for both", "log D(x, c) + …",
          "papers/cgan.py", "first", 2),
    Paper("joint embedding", 2016, ("04_joint_embedding",), "a sentence is a vector", "max(0, 1 + ⟨v, t′⟩ − ⟨v, t⟩)",
          "text/joint.py", "first", 3),
    Paper("GAN-CLS · INT", 2016, ("05_gan_cls_int", "06_style"), "wrong text counts, too", "½ log(1 − D(x, t′)) + …",
          "papers/gan_cls.py", "second", 0),
    Paper("GAWWN", 2016, ("07_gawwn",), "where: boxes and keypoints", "log D(x, t, k) + …", "papers/gawwn.py",
          "second", 1),
    Paper("StackGAN", 2017, ("08_stackgan",), "sketch first, then refine", "λ KL(N(μ, Σ) ‖ N(0, I))",
          "papers/stackgan.py", "second", 2),
    Paper("DF-GAN", 2022, ("09_df_gan",), "one stage, deep fusion", "hinge; 2 E‖∇D(x, t)‖⁶", "papers/df_gan.py",
          "second", 3),
    Paper("SRGAN", 2017, ("11_super_resolution",), "detail, 4 times as large", "content + 10⁻³ (−log D)",
          "papers/srgan.py", "branch", 0),
    Paper("pix2pix", 2017, ("12_translation",), "the condition is a picture", "… + 100 ‖y − G(x)‖₁",
          "papers/pix2pix.py", "branch", 1),
    Paper("DiscoGAN", 2017, ("12_translation",), "no pairs: there and back", "‖x − G′(G(x))‖² + …",
          "papers/discogan.py", "branch", 2),
    Paper("SimGAN", 2017, ("13_simgan",), "renders made to look real", "… + λ ‖R(x) − x‖₁", "papers/simgan.py",
          "branch", 3),
)
BARS = {"00_start_here": ("bar", "Start here: one small world of birds, its captions, its measures"),
        "10_measuring": ("end", "Measuring: every model of the course on the same birds")}
RAIL = "the same game on pictures"
CHAPTERS = tuple(sorted({*BARS, *(chapter for paper in PAPERS for chapter in paper.chapters)}))


def paper_map(here: str = "") -> Markup:
    """The map as SVG; `here` is the notebook stem of the chapter that shows it, such as "05_gan_cls_int".

    Chapters whose notebook does not exist yet are drawn dimmed.
    Raises: ValueError for a chapter that is not in the course.
    """
    if here and here not in CHAPTERS:
        raise ValueError(f"here should be empty or one of {', '.join(CHAPTERS)}, got {here!r}; give the stem of the "
                         "notebook")
    drawn = [arrows(), *(bar(stem, here) for stem in BARS), *(box(paper, here) for paper in PAPERS)]
    lines = [f"{numbers(p.chapters)} {p.name} ({p.year}): {p.adds}; {p.loss}; {p.file}" for p in PAPERS]
    text = "\n".join(["The map of the papers" + (f", you are at {here}" if here else ""), *lines])
    label = escape(f"Map of the papers: {', then '.join(p.name for p in PAPERS[:8])}; branches "
                   f"{', '.join(p.name for p in PAPERS[8:])}." + (f" You are at chapter {here[:2]}." if here else ""))
    svg = (f'<svg role="img" aria-label="{label}" viewBox="0 0 {WIDTH} {HEIGHT}" style="width:{WIDTH}px;max-width:100%;'
           f'background:#FBFAF7" font-size="11.5" font-family="DejaVu Sans, Verdana, sans-serif" fill="#222222">')
    return Markup(f"{svg}{''.join(drawn)}</svg>", text)


def exists(chapter: str) -> bool:
    """Whether a chapter has been written."""
    return (NOTEBOOKS / f"{chapter}.ipynb").is_file()


def numbers(chapters: tuple[str, ...]) -> str:
    """('05_gan_cls_int', '06_style') -> '5 · 6'."""
    return " · ".join(str(int(chapter[:2])) for chapter in chapters)


def place(paper: Paper) -> tuple[int, int]:
    """The upper left corner of a box."""
    return LEFT + paper.column * (BOX + GAP), ROWS[paper.row]


def look(written: bool, here: bool) -> tuple[str, str, str, str]:
    """Fill, frame, ink and secondary ink: a dark box for "here", a dashed frame and grey words for what is to come."""
    if here:
        return "#222222", 'stroke="#222222" stroke-width="2"', "#FFFFFF", "#E4E1D8"
    if written:
        return "#FFFFFF", 'stroke="#222222" stroke-width="1.6"', "#222222", "#6B6B6B"
    return "#FBFAF7", 'stroke="#808080" stroke-width="1.2" stroke-dasharray="4 3"', "#6B6B6B", "#6B6B6B"


def box(paper: Paper, here: str) -> str:
    """A paper: chapter and name, what it adds, its loss term, its file."""
    (x, y), marked = place(paper), here in paper.chapters
    fill, frame, ink, second = look(any(map(exists, paper.chapters)), marked)
    number = numbers(paper.chapters)
    words = [f'<text x="{x + BOX - 10}" y="{y + 20}" text-anchor="end" fill="{second}">{paper.year}</text>',
             f'<text x="{x + 10}" y="{y + 20}" font-size="12.5" font-weight="bold" fill="{ink}">{paper.name}</text>',
             f'<text x="{x + 10}" y="{y + 40}" fill="{ink}">{escape(paper.adds)}</text>',
             f'<text x="{x + 10}" y="{y + 60}" font-style="italic" fill="{ink}">{escape(paper.loss)}</text>',
             f'<text x="{x + 10}" y="{y + 81}" fill="{second}"><tspan font-weight="bold">{number}</tspan>'
             f'<tspan dx="6" font-family="DejaVu Sans Mono, monospace" font-size="11">{paper.file}</tspan></text>']
    return (f'<rect x="{x}" y="{y}" width="{BOX}" height="{TALL}" rx="5" fill="{fill}" {frame}/>{"".join(words)}'
            + (you_are_here(x + BOX - 6, y) if marked else ""))


def bar(stem: str, here: str) -> str:
    """A chapter that is about no single paper, across the map."""
    (row, words), width = BARS[stem], 4 * BOX + 3 * GAP
    fill, frame, ink, second = look(exists(stem), stem == here)
    y = ROWS[row]
    return (f'<rect x="{LEFT}" y="{y}" width="{width}" height="{BAR}" rx="5" fill="{fill}" {frame}/>'
            f'<text x="{LEFT + 10}" y="{y + 22}" font-size="12.5" fill="{ink}">'
            f'<tspan font-weight="bold" fill="{second}">{int(stem[:2])}</tspan><tspan dx="10">{words}</tspan></text>'
            + (you_are_here(LEFT + width - 6, y) if stem == here else ""))


def you_are_here(right: float, y: float) -> str:
    """A tag on the upper edge of a box."""
    return (f'<rect x="{right - 98}" y="{y - 10}" width="98" height="19" rx="9" fill="{COLOUR["text"]}"/>'
            f'<text x="{right - 49}" y="{y + 4}" text-anchor="middle" font-weight="bold" fill="#FFFFFF">'
            "you are here</text>")


def arrows() -> str:
    """The way of the course, solid; and dashed, on the left, the same game played with pictures instead of words."""
    lines, heads = [], []
    for row in ("first", "second"):
        y = ROWS[row] + TALL / 2
        for k in range(3):
            x = LEFT + (k + 1) * BOX + k * GAP
            lines.append(f"M{x + 3} {y}h{GAP - 10}")
            heads.append(f"M{x + GAP - 8} {y - 4.5}l7 4.5l-7 4.5z")
    turn, last, first = ROWS["first"] + TALL + SPACE / 2, LEFT + 3 * (BOX + GAP) + BOX / 2, LEFT + BOX / 2
    lines.append(f"M{last} {ROWS['first'] + TALL + 3}V{turn}H{first}V{ROWS['second'] - 9}")
    heads.append(f"M{first - 4.5} {ROWS['second'] - 9}l4.5 7l4.5 -7z")
    rail, start = ROWS["branch"] - 20, ROWS["first"] + TALL / 2
    drops = [LEFT + k * (BOX + GAP) + BOX / 2 for k in range(4)]
    dashed = f"M{LEFT - 3} {start}H8V{rail}H{drops[-1]}" + "".join(f"M{x} {rail}V{ROWS['branch'] - 9}" for x in drops)
    heads += [f"M{x - 4.5} {ROWS['branch'] - 9}l4.5 7l4.5 -7z" for x in drops]
    middle = (drops[0] + drops[1]) / 2
    label = (f'<rect x="{middle - 86}" y="{rail - 10}" width="172" height="20" fill="#FBFAF7"/>'
             f'<text x="{middle}" y="{rail + 4}" text-anchor="middle" fill="#6B6B6B">{RAIL}</text>')
    return (f'<path d="{"".join(lines)}" fill="none" stroke="#222222" stroke-width="1.6"/><path d="{dashed}" '
            f'fill="none" stroke="#6B6B6B" stroke-width="1.4" stroke-dasharray="4 3"/>'
            f'<path d="{"".join(heads)}" fill="#222222"/>{label}')
