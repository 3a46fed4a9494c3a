"""What chapter 3 says in words about stored results holds for the results that are stored."""

import numpy as np
from stored import card, means, near, values

from t2ilib import studies

PARTS = "requested colours by part"


def test_3_0_it_does_not_mix_them_up_and_a_second_probe_agrees():
    known = card("ac_gan")
    asked = known["requested colours"]
    assert asked["value"] == near(0.94) and asked["n"] == 2000
    assert [asked["low"], asked["high"]] == near(0.935, 0.950, unit=0.001)
    assert known["all requested right"]["value"] == near(0.75)
    assert known["requested colours, second probe"]["value"] == near(0.93)
    parts = known[PARTS]
    assert max(parts, key=parts.get) == "wing" and min(parts, key=parts.get) == "throat"
    assert [parts["wing"], parts["throat"]] == near(0.97, 0.88)
    assert min(parts[part] for part in ("beak", "legs", "crown")) > 0.94


def test_3_3_a_conditional_gan_answers_at_once():
    assert means("cgan_digits", "draws, counted: cGAN", "draws, counted: nobody is told") == near(1.00, 9.52)
    assert means("cgan_digits", "accuracy: cGAN", "accuracy: ceiling") == near(0.998, 0.985, unit=0.001)


def test_3_6_both_have_to_be_told():
    deaf = values("cgan_digits", *(f"accuracy: {who} told" for who in ("D is not", "G is not", "nobody is")))
    assert deaf.mean(1) == near(0.15, 0.10, 0.10)
    assert deaf[0].min() > 0.14 and deaf[1:].max() < 0.11


def test_3_10_a_hundred_drawn_pictures_teach_as_much_as_a_hundred_real_ones():
    drawn, real = (values("cgan_training_data", *(f"accuracy, {count}: {source}" for count in (100, 3000)))
                   for source in ("generated", "real"))
    assert drawn.mean(1) == near(0.71, 0.96) and real.mean(1) == near(0.66, 0.98)
    assert drawn[0].min() < real[0].max() and real[0].min() < drawn[0].max()            # the seeds overlap
    assert (values("cgan_training_data", "real over generated") > 0).all()
    assert means("cgan_training_data", "chance") == near(0.13)


def reached(metric, title):
    """How far it is on the way from its floor to its ceiling."""
    value, floor, ceiling = means("cgan_conditions", f"{metric}: {title}", f"{metric}, other requests: {title}",
                                  f"{metric}: {title.split(',')[0]}, real")
    return (value - floor) / (ceiling - floor)


def test_3_5_place_is_obeyed_best_then_the_class_then_size_and_colours():
    found = [reached(*what) for what in (("r of y", "place"), ("r of x", "place"), ("accuracy", "class"),
                                         ("r of size", "place"), ("colours found", "colours"))]
    assert found == near(0.89, 0.80, 0.67, 0.30, 0.26) and found == sorted(found, reverse=True)
    assert means("cgan_conditions", "birds seen: place") == near(0.96)
    assert values("cgan_conditions", "accuracy: class, D is not told")[0] == near(0.09, 0.19)
    asked, read = np.moveaxis(studies.arrays("cgan_conditions")["asked and read: place"].astype(float), 2, 0)
    seen = ~np.isnan(read[:, 2])
    assert (read[seen, 2] < asked[seen, 2]).mean() > 0.8


def test_3_7_d_tells_fakes_by_far_and_wrong_colours_hardly():
    assert values("cgan_pairs", "AUC fake: class", "AUC fake: colours").min() > 0.9
    assert means("cgan_pairs", "AUC fake: class, D is not told") == near(0.90)
    assert means("cgan_pairs", "AUC wrong: class", "AUC wrong: colours", "AUC swapped: colours") == near(
        0.64, 0.56, 0.51)


def test_3_8_naming_finds_more_of_the_colours_and_tells_wrong_ones():
    told, said = values("cgan_conditions", "colours found: colours", "colours found: colours, D names them")
    assert [told.mean(), said.mean()] == near(0.30, 0.45) and said.min() > told.max() + 0.1
    assert means("cgan_pairs", *(f"AUC {kind}: colours, D names them" for kind in ("wrong", "swapped"))) == near(
        0.98, 0.89)


def test_3_9_what_the_conditions_decide():
    def decided(title):
        return means("cgan_conditions", *(f"explained, {what}: {title}" for what in ("x", "y", "facing")))
    assert decided("place")[:2] == near(0.60, 0.74)
    assert decided("class") == near(0.00, 0.07, 0.01) and decided("colours") == near(-0.01, 0.04, 0.01)
    assert decided("colours, D names them") == near(0.17, 0.63, 0.15)
    assert means("cgan_conditions", "explained, y: class, real") == near(0.015, unit=0.001)
