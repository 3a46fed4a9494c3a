"""Where the genuine data sets live: addresses, sizes, checksums, terms.

Sizes and checksums are those that the sites themselves, torchvision or TensorFlow Datasets publish. Two things that
many guides still name are gone: www.vision.caltech.edu/visipedia, and links to Google Drive without a resource key.
"""

from dataclasses import dataclass
from types import MappingProxyType

CALTECH = "https://data.caltech.edu/records"
OXFORD = "https://www.robots.ox.ac.uk/~vgg/data/flowers/102"
MNIST = "https://ossci-datasets.s3.amazonaws.com/mnist"
DRIVE = "https://drive.google.com"
BIRD_PHOTOS = ("the archive states no terms; the photographs come from Flickr and belong to their photographers: "
               "for research that is not commercial, do not pass on; some are also in ImageNet")
CAPTIONS = "the captions carry no licence of their own: for research; cite Reed et al., CVPR 2016"


@dataclass(frozen=True)
class File:
    """A file to get, and what it leaves in the folder."""

    name: str                       # as it is saved
    url: str                        # of the file itself; of a page with a button, if `by_hand`
    gives: tuple[str, ...]          # what is unpacked from it, wherever in the archive it lies; or its own name
    size: int = 0                   # bytes; 0 where none is published
    checksum: str = ""              # "sha256:..." or "md5:..."; "" where none is published
    by_hand: bool = False           # the site wants a person to click


@dataclass(frozen=True)
class Source:
    """A data set that `t2i data get` knows."""

    about: str
    files: tuple[File, ...]
    licence: str
    folder: str                     # where it goes unless told otherwise; what belongs together shares one
    after: str                      # what to do next


def _mnist(name: str, size: int, checksum: str) -> File:
    return File(f"{name}.gz", f"{MNIST}/{name}.gz", (f"MNIST/raw/{name}",), size, checksum)


SOURCES = MappingProxyType({
    "cub": Source(
        "CUB-200-2011: 11,788 photographs of 200 species of birds, with boxes and parts",
        (File("CUB_200_2011.tgz", f"{CALTECH}/65de6-vp158/files/CUB_200_2011.tgz?download=1",
              ("CUB_200_2011", "attributes.txt"), 1_150_585_339,
              "sha256:0c685df5597a8b24909f6a7c9db6d11e008733779a671760afef78feb49bf081"),),
        f"{BIRD_PHOTOS}; cite Wah et al., CNS-TR-2011-001", "cub",
        "captions: t2i data get cub-captions; the papers' split: t2i data get cub-attngan"),
    "cub-segmentations": Source(
        "a mask for each photograph of CUB-200-2011",
        (File("segmentations.tgz", f"{CALTECH}/w9d68-gec53/files/segmentations.tgz?download=1",
              ("segmentations",), 39_272_883,
              "sha256:dc77f6cffea0cbe2e41d4201115c8f29a6320ecb04fffd2444f51b8066e4b84f"),),
        f"{BIRD_PHOTOS}; cite Wah et al., CNS-TR-2011-001", "cub", "look: t2i data check cub"),
    "cub-captions": Source(
        "ten captions for each photograph of CUB-200-2011",
        (File("cvpr2016_cub.tar.gz", f"{DRIVE}/file/d/0B0ywwgffWnLLZW9uVHNjb2JmNlE/view"
              "?resourcekey=0-8y2UVmBHAlG26HafWYNoFQ", ("text_c10",), by_hand=True),),
        CAPTIONS, "cub", "look: t2i data check cub"),
    "cub-attngan": Source(
        "the papers' split of CUB-200-2011 by class, and AttnGAN's vocabulary",
        (File("birds.zip", f"{DRIVE}/open?id=1O_LtUP9sch09QH3s_EBAgLEctBQ5JBSJ",
              ("train", "test", "captions.pickle"), by_hand=True),),
        f"{CAPTIONS}, and Xu et al., CVPR 2018", "cub", "look: t2i data check cub"),
    "flowers": Source(
        "Oxford-102: 8,189 photographs of 102 kinds of flowers",
        (File("102flowers.tgz", f"{OXFORD}/102flowers.tgz", ("jpg",), 344_862_509,
              "sha256:2d01ecc807db462958cfe3d92f57a8c252b4abd240eb955770201e45f783b246"),
         File("imagelabels.mat", f"{OXFORD}/imagelabels.mat", ("imagelabels.mat",), 502,
              "md5:e0620be6f572b9609742df49c70aed4d"),
         File("setid.mat", f"{OXFORD}/setid.mat", ("setid.mat",), 14_989, "md5:a5357ecc9cb78c4bef273ce3793fc85c")),
        "none is stated; the photographs were collected from the web: for research; cite Nilsback and Zisserman 2008",
        "flowers", "captions: t2i data get flower-captions"),
    "flower-captions": Source(
        "ten captions for each photograph of Oxford-102",
        (File("cvpr2016_flowers.tar.gz", f"{DRIVE}/file/d/0B0ywwgffWnLLcms2WWJQRFNSWXM/view"
              "?resourcekey=0-Av8zFbeDDvNcF1sSjDR32w", ("text_c10",), by_hand=True),),
        CAPTIONS, "flowers", "look: t2i data check flowers"),
    "mnist": Source(
        "MNIST: 70,000 written digits, where torchvision looks for them",
        (_mnist("train-images-idx3-ubyte", 9_912_422,
                "sha256:440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
         _mnist("train-labels-idx1-ubyte", 28_881, "md5:d53e105ee54ea40749a09fcbcd1e9432"),
         _mnist("t10k-images-idx3-ubyte", 1_648_877, "md5:9fb629c4189551a2d022fa330f9573f3"),
         _mnist("t10k-labels-idx1-ubyte", 4_542, "md5:ec29112dd5afa0611ce80d1b7f02629c")),
        "CC BY-SA 3.0; cite LeCun et al. 1998", "mnist", "use: torchvision.datasets.MNIST('mnist')"),
    "coco-captions": Source(
        "MS-COCO 2014: five captions for each of 123,287 photographs, and boxes (no photographs)",
        # The host's own https certificate is that of S3 and does not fit its name.
        (File("annotations_trainval2014.zip",
              "https://s3.amazonaws.com/images.cocodataset.org/annotations/annotations_trainval2014.zip",
              ("annotations",), 252_872_794,
              "sha256:031296bbc80c45a1d1f76bf9a90ead27e94e99ec629208449507a4917a3bf009"),),
        "annotations CC BY 4.0; each photograph has the licence that its entry names; cite Lin et al. 2014",
        "coco", "photographs (20 GB): http://images.cocodataset.org/zips/train2014.zip and val2014.zip"),
})
"""Name -> data set."""


def table() -> str:
    """What there is to get, as a Markdown table: name, size, contents."""
    rows = []
    for name, source in SOURCES.items():
        size = sum(file.size or 0 for file in source.files)
        rows.append(f"| {name} | {f'{size / 1e6:,.0f} MB' if size else 'by hand'} | {source.about} |")
    return "\n".join(["| name | size | contents |", "|---|---:|---|", *rows])
