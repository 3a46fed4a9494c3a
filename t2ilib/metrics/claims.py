"""Claims and their verdicts, computed from stored measurements by one function, never typed.

A claim names a metric, in the card of a shipped model or in the results of a study, and a bound, or several of them;
the verdict follows from intervals and bounds alone. The interval of a model's metric is its 95 % bootstrap interval.
That of a study runs from the lowest seed to the highest, so a claim is reproduced when every seed keeps the bound; for
what is counted (`studies.share`), and in a study that trains nothing, it is the bootstrap interval again. A bound means
most when it was given before anything was measured. Not all of them were: each claim says so. Claims that wait for a
later chapter's model say "not run".
"""

import math

from t2ilib import checkpoint, runtime, studies
from t2ilib.metrics import claims_dcgan
from t2ilib.metrics.claim import AFTER, Bound, Claim
from t2ilib.metrics.claim import BEFORE as BEFORE

REPRODUCED, NOT_REPRODUCED = "reproduced", "not reproduced at this scale"
INCONCLUSIVE, NOT_RUN = "inconclusive", "not run"
WORSE = (REPRODUCED, INCONCLUSIVE, NOT_REPRODUCED)


CLAIMS = (
    Claim("CTX-02", "00_start_here", "A sentence nobody trained on decides the picture: of the colours it names, "
          "at least 70 % are found on the bird.", "gan_int_cls", "faithfulness", 0.70),
    Claim("CTX-04", "00_start_here", "One sentence fits many pictures: those of one sentence differ at least half as "
          "much as real ones do, and CTX-02 holds.", "gan_int_cls", "diversity", 0.50, given="CTX-02"),
    Claim("CTX-06", "00_start_here", "Text features can keep what is visible: a caption finds its own picture among "
          "100 in at least half of all cases (chance 1 %).", "bilstm", "retrieval", 0.50, bound_set=AFTER),
    Claim("CTX-08", "00_start_here", "A picture can be read back: each part's colour is read right on at least 95 % of "
          "real pictures (mean of ten parts).", "probe", "colours", 0.95, bound_set=AFTER),
    Claim("CTX-03", "00_start_here", "The four teaser captions, two birds and two flowers, are drawn. Waits for the "
          "flowers of chapter 5."),
    Claim("GAN-01", "01_gan", "Two networks that compete learn the data: on the line Wasserstein-1 falls by at least "
          "80 %, on the ring at least 7 of 8 modes are covered.", study="gan_line", metric="fall", at_least=0.80,
          also=(Bound("modes", at_least=7, study="gan_ring"),)),
    Claim("GAN-03", "01_gan", "The noise may be normal or uniform: the final distances are within a factor of 2.",
          study="gan_line", metric="noise_ratio", at_most=2.0),
    Claim("GAN-07", "01_gan", "Against a generator that stands still, D becomes p / (p + q): it is nowhere more than "
          "0.05 away from it where 99 % of the samples live.", study="gan_optimal", metric="gap", at_most=0.05),
    Claim("GAN-09", "01_gan", "The four panels of Figure 1 happen: (b) D comes within 0.05 of D*; (d) D ends within "
          "0.1 of 1/2, and the distance ends below 10 % of the first.", study="gan_line", metric="gap", at_most=0.05,
          also=(Bound("half", at_most=0.1, study="gan_line"), Bound("left", at_most=0.1, study="gan_line"))),
    Claim("GAN-10", "01_gan", "G squeezes the noise where data is dense and stretches it where data is thin: log p_g "
          "and -log |G'| have a rank correlation of at least 0.9.", study="gan_line", metric="stretch", at_least=0.9),
    Claim("GAN-11", "01_gan", "At the end D cannot tell the two apart: it is right about at most 65 % of new samples.",
          study="gan_line", metric="played_end", at_most=0.65),
    Claim("GAN-12", "01_gan", "At first a fresh discriminator tells real from fake with ease, at least 95 % right; at "
          "the end with difficulty, at most 75 %.", study="gan_line", metric="fresh_start", at_least=0.95,
          also=(Bound("fresh_end", at_most=0.75, study="gan_line"),)),
    Claim("GAN-13", "01_gan", "With more inner steps V comes closer to C(G): the error with 20 is smaller than that "
          "with one (their ratio is below 1).", study="gan_inner", metric="error_ratio", at_most=1.0),
    Claim("GAN-14", "01_gan", "From eight standard deviations away, with a sure D and plain gradient descent, the "
          "non-saturating loss gets halfway in at most a third of the steps of the saturating one.",
          study="gan_far", metric="steps_ratio", at_most=1 / 3, bound_set=AFTER),
    Claim("GAN-17", "01_gan", "Nearest neighbours in pixels do not prove that nothing is copied: of a cheater's moved "
          "digits they find at most 20 %, a test that allows moves at least 90 %, and honest samples pass both (at "
          "least 0.8 of the distance of new real digits).",
          study="gan_digits", metric="cheater_found_pixels", at_most=0.2,
          also=(Bound("cheater_found_moved", at_least=0.9, study="gan_digits"),
                Bound("pixels", at_least=0.8, study="gan_digits"), Bound("moved", at_least=0.8, study="gan_digits"))),
    Claim("GAN-18", "01_gan", "A high learning rate fails: at 0.02 in at least two runs of three, and more often than "
          "at 0.0002.", study="gan_rates", metric="failed_0.02", at_least=2 / 3,
          also=(Bound("excess", at_least=1 / 3, study="gan_rates"),)),
    Claim("GAN-19", "01_gan", "Capacity matters: the distance falls from width 2 to 8 and from 8 to 64; a D of width 2 "
          "ends within 0.1 of 1.386 although the distance is at least twice that with a wide D.",
          study="gan_capacity", metric="gain_2_8", at_least=0.0,
          also=(Bound("gain_8_64", at_least=0.0, study="gan_capacity"),
                Bound("d_loss_g64_d2", at_least=1.286, at_most=1.486, study="gan_capacity"),
                Bound("blindness", at_least=2.0, study="gan_capacity"))),
    *claims_dcgan.CLAIMS,
    Claim("CGN-01", "03_conditional_gan", "Who is told the class draws it: the class that was asked for is read in at "
          "least 80 % of the digits and of the birds of ten species (chance 10 %).",
          study="cgan_digits", metric="accuracy: cGAN", at_least=0.8,
          also=(Bound("accuracy: class", at_least=0.8, study="cgan_conditions"),)),
    Claim("CGN-03", "03_conditional_gan", "A GAN that is told nothing cannot be asked for a 2. Whoever draws until one "
          "comes needs 1 / frequency draws (counted over expected: 0.8 to 1.25), between 8 and 14 as a mean over the "
          "digits; a conditional GAN needs at most 1.3.",
          study="cgan_digits", metric="counted over expected: nobody is told", at_least=0.8, at_most=1.25,
          also=(Bound("draws, counted: nobody is told", at_least=8.0, at_most=14.0, study="cgan_digits"),
                Bound("draws, counted: cGAN", at_most=1.3, study="cgan_digits"))),
    Claim("CGN-04", "03_conditional_gan", "The condition may be a class, a place or colours, with the same code: the "
          "class is right in at least 80 %, requested and read middles have a correlation of at least 0.8 across and "
          "down, and colours of combinations nobody trained on are found more often than those asked of others, by at "
          "least 0.2.", study="cgan_conditions", metric="accuracy: class", at_least=0.8,
          also=(Bound("r of x: place", at_least=0.8, study="cgan_conditions"),
                Bound("r of y: place", at_least=0.8, study="cgan_conditions"),
                Bound("colours found, over the floor: colours", at_least=0.2, study="cgan_conditions"))),
    Claim("CGN-05", "03_conditional_gan", "A discriminator that is never shown a real picture with a wrong condition "
          "hardly learns to ask whether they fit: its AUC for the colours of another species is at least 0.1 below "
          "that of GAN-CLS for sentences, a number of another condition that is quoted from chapter 5.",
          study="cgan_pairs", metric="GAN-CLS over colours", at_least=0.1),
    Claim("CGN-07", "03_conditional_gan", "Class and colours do not say where the bird is or which way it faces, so "
          "they do not decide it: each explains at most 5 % of the variance of the middle, across and down, and of the "
          "direction.", study="cgan_conditions", metric="explained, x: class", at_most=0.05,
          also=tuple(Bound(f"explained, {what}: {told}", at_most=0.05, study="cgan_conditions") for what, told in (
              ("y", "class"), ("facing", "class"), ("x", "colours"), ("y", "colours"), ("facing", "colours")))),
    Claim("DCG-15", "03_conditional_gan", "Generated pictures can be used as training data: a classifier of the wing's "
          "colour that saw only pictures of the conditional GAN is right on real birds more often than chance by at "
          "least 0.2, and one that saw as many real ones is better with every seed.",
          study="cgan_training_data", metric="generated over chance", at_least=0.2,
          also=(Bound("real over generated", at_least=0.0, study="cgan_training_data"),)),
    Claim("EMB-01", "04_joint_embedding", "Sentences read letter by letter name species that were never trained on. "
          "With the shipped char-CNN-GRU class retrieval is at least 10 times chance, and top-1 (f_v) at least 10 % "
          "where chance is 1 %; with a small char-CNN-RNN after a short training both are at least 5 times chance.",
          study="embedding_retrieval", metric="times chance: char_cnn_gru", at_least=10.0,
          also=(Bound("f_v: char_cnn_gru", at_least=0.10, study="embedding_retrieval"),
                Bound("times chance: char_cnn_rnn", at_least=5.0, study="embedding_training"),
                Bound("f_v, times chance: char_cnn_rnn", at_least=5.0, study="embedding_training"))),
    Claim("EMB-02", "04_joint_embedding", "As the reader of characters a GRU does at least as well as a plain "
          "recurrent layer: the difference in class retrieval is at least 0 with every seed. Short, small trainings.",
          study="embedding_training", metric="GRU over RNN", at_least=0.0),
    Claim("EMB-05", "04_joint_embedding", "A bi-LSTM trained by matching does the same: class retrieval on unseen "
          "species is at least 10 times chance and at most 0.1 below one who knows all truth; top-1 (f_v) is at least "
          "10 % where chance is 1 %.", study="embedding_retrieval", metric="times chance: bilstm", at_least=10.0,
          also=(Bound("below the oracle: bilstm", at_most=0.10, study="embedding_retrieval"),
                Bound("f_v: bilstm", at_least=0.10, study="embedding_retrieval"))),
    Claim("EMB-07", "04_joint_embedding", "The mean vector of four captions finds its picture more often than one "
          "caption does, and tells more colours; ten captions are not worse than four: each of the four gains is at "
          "least 0.",
          study="embedding_retrieval", metric="captions, 1 to 4: bilstm", at_least=0.0,
          also=(Bound("decoded, 1 to 4: bilstm", at_least=0.0, study="embedding_retrieval"),
                Bound("captions, 4 to 10: bilstm", at_least=0.0, study="embedding_retrieval"),
                Bound("decoded, 4 to 10: bilstm", at_least=0.0, study="embedding_retrieval")), bound_set=AFTER),
    Claim("EMB-11", "04_joint_embedding", "Text and picture share a space but do not become one vector: the cosine of "
          "matched pairs is at least 0.3 above that of others, yet matched vectors of length 1 stay apart (by 0.01 or "
          "more).", study="embedding_retrieval", metric="gap: bilstm", at_least=0.3,
          also=(Bound("distance: bilstm", at_least=0.01, study="embedding_retrieval"),
                Bound("gap: char_cnn_gru", at_least=0.3, study="embedding_retrieval"),
                Bound("distance: char_cnn_gru", at_least=0.01, study="embedding_retrieval")), bound_set=AFTER),
    Claim("EMB-13", "04_joint_embedding", "A caption fits pictures of its species better than those of others: in at "
          "least 90 % of pairs for species that were trained on, 75 % for unseen ones.",
          study="embedding_retrieval", metric="pair ranking, seen: bilstm", at_least=0.90,
          also=(Bound("pair ranking: bilstm", at_least=0.75, study="embedding_retrieval"),
                Bound("pair ranking, seen: char_cnn_gru", at_least=0.90, study="embedding_retrieval"),
                Bound("pair ranking: char_cnn_gru", at_least=0.75, study="embedding_retrieval"))),
    Claim("EMB-14", "04_joint_embedding", "A loss in both directions is at least as good as one in a single direction, "
          "in the direction that the single one does not train: what it gains there, own text and own picture among "
          "100, is at least 0 with every seed.",
          study="embedding_training", metric="both ways over text to picture", at_least=0.0,
          also=(Bound("both ways over picture to text", at_least=0.0, study="embedding_training"),)),
    Claim("EMB-15", "04_joint_embedding", "Training with the mean of four captions instead of one: the gradient varies "
          "less with the captions that are drawn (a ratio below 1), and class retrieval gains at least 0 with every "
          "seed.",
          study="embedding_training", metric="gradient noise", at_most=1.0,
          also=(Bound("four captions over one", at_least=0.0, study="embedding_training"),)),
    Claim("CLS-04", "05_gan_cls_int", "A discriminator that is also shown real pictures with a wrong text makes the "
          "generator follow the words better: GAN-CLS is more faithful than GAN with every seed.",
          study="text_gans", metric="matching, faithfulness", at_least=0.0),
    Claim("CLS-07", "05_gan_cls_int", "A discriminator that judges only real or fake does not learn whether picture "
          "and text belong together: on unseen species the AUC of right against wrong pairs is at least 0.1 higher "
          "for GAN-CLS than for GAN.", study="text_gans", metric="matching, AUC", at_least=0.1),
    Claim("CLS-08", "05_gan_cls_int", "The discriminator of GAN-CLS answers right pairs of unseen species higher than "
          "wrong pairs and than fakes: both mean differences are at least 0 with every seed.",
          study="text_gans", metric="right over wrong: GAN-CLS", at_least=0.0,
          also=(Bound("right over fake: GAN-CLS", at_least=0.0, study="text_gans"),)),
    Claim("CLS-12", "05_gan_cls_int", "Interpolation fills the gaps between captions: at midpoints of unseen captions "
          "the distance to real pictures is smaller for GAN-INT-CLS than for GAN-CLS, and grows by a smaller factor.",
          study="text_gans", metric="interpolation, SynthFID between", at_least=0.0,
          also=(Bound("interpolation, degradation", at_least=0.0, study="text_gans"),)),
    Claim("CLS-13", "05_gan_cls_int", "Between two sentences that differ in one colour the picture changes in order: "
          "the rank correlation of the second colour's probability with the place on the path is at least 0.8, and the "
          "distance to real pictures is at the midpoint at most 1.3 times that at the ends.",
          study="text_paths", metric="colour order", at_least=0.8,
          also=(Bound("realism between", at_most=1.3, study="text_paths"),)),
    Claim("CLS-18", "05_gan_cls_int", "What the text does not say is decided by the noise: background and direction "
          "vary more with the noise than with the sentence, and named colours the other way round.",
          study="text_paths", metric="background, noise over text", at_least=0.0,
          also=(Bound("facing, noise over text", at_least=0.0, study="text_paths"),
                Bound("named colours, noise over text", at_most=0.0, study="text_paths"))),
    Claim("CLS-21", "05_gan_cls_int", "All four models get colours right more often than by chance, and those with "
          "interpolation look more real: their distance to real pictures is smaller, with and without matching.",
          study="text_gans", metric="interpolation, SynthFID", at_least=0.0,
          also=(Bound("interpolation without matching, SynthFID", at_least=0.0, study="text_gans"),
                Bound("least faithful, over the floor", at_least=0.0, study="text_gans"))),
    Claim("CLS-29", "05_gan_cls_int", "From a blue bird to a red bird with the same noise only the bird changes: the "
          "background changes at most 25 % as much as between two noises.",
          study="text_paths", metric="background change", at_most=0.25),
    Claim("CLS-30", "05_gan_cls_int", "From one noise to another with the same sentence the content stays and the "
          "style changes smoothly: the share of named colours found varies by at most 0.1 along the path, and the "
          "largest step is at most 4 times the median one.",
          study="text_paths", metric="faithfulness swing, slerp", at_most=0.1,
          also=(Bound("largest step, slerp", at_most=4.0, study="text_paths"),)),
    Claim("DFG-04", "09_df_gan", "Attention to words costs more than affine fusion, and the more so the larger the "
          "maps: at 256 pixels between 17.8 and 18 times the multiply-accumulates (32 channels, 18 words); the ratio "
          "of the times grows from 16 to 256 pixels by at least 0.",
          study="fusion_cost", metric="MAC ratio, 256", at_least=17.8, at_most=18.0,
          also=(Bound("time ratio, growth", at_least=0.0, study="fusion_cost"),)),
    Claim("DFG-12", "09_df_gan", "A penalty on D's slope lets a game converge, but p decides how. One real and one "
          "fake point, 20,000 steps: without a penalty the radius never falls below 0.98 of the first; with k = 2, "
          "p = 2 at most 0.01 is left; with k = 2, p = 6 it shrinks and does not arrive: between 0.1 and 0.5 of 1.41 "
          "are left.",
          study="dirac", metric="kept: no penalty", at_least=0.98,
          also=(Bound("left: k = 2, p = 2", at_most=0.01, study="dirac"),
                Bound("left: k = 2, p = 6", at_least=0.1, at_most=0.5, study="dirac"))),
    Claim("DFG-13", "09_df_gan", "Of the pairs at which D may be kept flat, real pictures with their own text make the "
          "generator most faithful: faithfulness minus that of the best other choice (fakes, wrong texts, nowhere) is "
          "at least -0.02, a tie or better, with every seed.", study="df_gan_ablation",
          metric="MA-GP over the best other place, faithfulness", at_least=-0.02),
    Claim("DFG-14", "09_df_gan", "MA-GP makes D flat at real pictures with their own text: in the plane of realness "
          "and match its slope there is at least 2 times smaller than without, with every seed.",
          study="match_plane", metric="flatter", at_least=2.0),
    Claim("DFG-17", "09_df_gan", "A second answer, without the text, pulls the generator away from it: at equal steps "
          "the one-way output is more faithful than the two-way output, both with MA-GP, with every seed. In the plane "
          "of realness and match, by the formulas, the two-way output aims with a cosine of at most 0.95.",
          study="df_gan_ablation", metric="+ one-way output, faithfulness", at_least=0.0,
          also=(Bound("aim, formula: two-way", at_most=0.95, study="match_plane"),)),
    Claim("DFG-22", "09_df_gan", "Affines enlarge the space of what a sentence can do: with every seed the effective "
          "rank of the last features, over captions, rises from concatenation to one affine, two affines and the "
          "DFBlock.",
          study="fusion_rank", metric="one affine over concatenation", at_least=0.0,
          also=(Bound("two affines over one affine", at_least=0.0, study="fusion_rank"),
                Bound("DFBlock over two affines", at_least=0.0, study="fusion_rank"))),
    Claim("DFG-23", "09_df_gan", "The more the sentence is fused in, the more the generator uses it: with every seed "
          "faithfulness gains from the start alone to one affine before each convolution, and from one affine to the "
          "DFBlock's two.", study="df_gan_ablation", metric="+ affine, faithfulness", at_least=0.0,
          also=(Bound("+ second affine and activation, faithfulness", at_least=0.0, study="df_gan_ablation"),)),
    Claim("DFG-26", "09_df_gan", "A distance of sets depends on how many pictures there are: a set has none from "
          "itself (at most 0.001), but real pictures are closer to other real ones the more there are: it falls at "
          "each step from 50 to 2,000.",
          study="fid_size", metric="itself", at_most=0.001,
          also=(Bound("least fall", at_least=0.0, study="fid_size"),)),
    Claim("DFG-31", "09_df_gan", "Each idea brings the pictures closer to real ones: with every seed SynthFID falls "
          "with MA-GP, with the one-way output, with one affine and with the second one. The one-stage backbone, the "
          "first of the paper's ideas, is not among them: it waits for a stacked generator.",
          study="df_gan_ablation", metric="+ MA-GP, SynthFID", at_least=0.0,
          also=tuple(Bound(f"{idea}, SynthFID", at_least=0.0, study="df_gan_ablation")
                     for idea in ("+ one-way output", "+ affine", "+ second affine and activation"))),
    Claim("DFG-32", "09_df_gan", "Of five ways to fuse the sentence in, the DFBlock is the best: with every seed it is "
          "more faithful, and its SynthFID lower, than the best of the others.", study="df_gan_ablation",
          metric="DFBlock over the best other fusion, faithfulness", at_least=0.0,
          also=(Bound("DFBlock over the best other fusion, SynthFID", at_least=0.0, study="df_gan_ablation"),)),
    Claim("DFG-33", "09_df_gan", "One vector for the whole sentence does not reach the small parts: the larger a part, "
          "the more often it has the colour that is named (Spearman's correlation of at least 0.7).",
          study="small_parts", metric="order: df_gan", at_least=0.7),
)


def verdict(low: float, high: float, at_least: float = -math.inf, at_most: float = math.inf) -> str:
    """What an interval says about the bounds: within them, beyond them, or across one of them."""
    if at_least <= low and high <= at_most:
        return REPRODUCED
    return NOT_REPRODUCED if high < at_least or low > at_most else INCONCLUSIVE


def judge(claim: Claim) -> dict:
    """{"verdict", "measured", "n"} of a claim; of several numbers the one that decides, the worst, and first of these.

    A claim is "not run" as long as one of its numbers is missing.
    """
    scores = measurements(claim)
    if not scores or None in scores:
        return {"verdict": NOT_RUN, "measured": None, "n": None}
    words = [verdict(score["low"], score["high"], bound.at_least, bound.at_most)
             for score, bound in zip(scores, claim.bounds)]
    word = max(words, key=WORSE.index)
    score = scores[words.index(word)]
    if word == REPRODUCED and claim.given:
        word = judge(next(c for c in CLAIMS if c.ledger == claim.given))["verdict"]
    return {"verdict": word, "measured": round(score["value"], 4), "n": score["n"]}


def measurements(claim: Claim) -> list[dict | None]:
    """What is stored for each bound: {"value", "low", "high", "n"} and, from a study, "unit"; None for what is not."""
    return [(stored_results(bound.study) if bound.study else stored_metrics(bound.model)).get(bound.metric)
            for bound in claim.bounds]


def stored_results(study: str) -> dict:
    """The measures of a study, if it has been run; else nothing."""
    return studies.results(study)["measures"] if studies.path(study).is_file() else {}


def stored_metrics(model: str) -> dict:
    """The metrics in a shipped card; nothing if the card belongs to other weights than those beside it."""
    path = runtime.CHECKPOINTS / f"{model}.safetensors"
    card = checkpoint.read_card(path)
    return card.get("metrics", {}) if card and card.get("sha256") == checkpoint.sha256(path) else {}


def chapter_claims(chapter: str) -> list[Claim]:
    """The claims of a chapter, in the order of the ledger."""
    return [claim for claim in CLAIMS if claim.chapter == chapter]


def chapter_verdicts(chapter: str) -> dict[str, dict]:
    """Ledger ID -> {"verdict", "measured", "n"} for every claim of a chapter, "not run" included."""
    return {claim.ledger: judge(claim) for claim in chapter_claims(chapter)}
