"""What the chapters say in words about stored results holds for the results that are stored.

The chapters print the numbers; their texts say "with every seed" or "hardly apart". Whoever runs a study again and gets
something else learns here which sentence to mend.
"""

import numpy as np
import pytest
from stored import values

from t2ilib import checkpoint, runtime, studies
from t2ilib.studies import df_gan_ablation


def test_1_5_the_value_comes_closer_with_each_row():
    means = values("gan_inner", "error_k1", "error_k5", "error_k20").mean(1)
    assert means[0] > 3 * means[1] > 9 * means[2]


def test_1_6_the_other_loss_is_many_times_faster_but_not_with_adam():
    plain, adam = values("gan_far", "steps_ratio", "adam_ahead")
    assert (plain[:, 1] > 5 * plain[:, 0]).all()
    assert (adam[:, 0] > adam[:, 1] / 3).all()


def test_1_7_only_a_discriminator_that_keeps_up_is_the_cure():
    modes = studies.results("gan_ring")["measures"]["changes"]["rows"]
    cured = {"bad, D as fast as G = good", "good, no penalty", "good, momentum 0.9"}
    assert all(min(modes[name]) == 8 for name in cured)
    assert min(modes["bad, G as slow as D"]) >= 5
    assert max(max(row) for name, row in modes.items() if name not in cured | {"bad, G as slow as D"}) <= 2


def test_1_10_there_is_a_window_of_rates():
    runs = studies.results("gan_rates")["measures"]["failures"]["rows"]
    assert {run["why"] for run in runs if run["rate"] == 2e-2} == {"D won"}
    assert {run["why"] for run in runs if run["rate"] == 2e-5} == {"far from digits"}
    fine = [run for run in runs if not run["why"]]
    assert {run["rate"] for run in fine} == {2e-4, 2e-3} and len(fine) == 6
    assert max(r["frechet"] for r in fine if r["rate"] == 2e-3) < min(r["frechet"] for r in fine if r["rate"] == 2e-4)


def test_1_10_a_narrow_discriminator_has_the_loss_of_a_draw_and_a_narrow_generator_is_not_settled():
    wide = values("gan_capacity", "distance_g2_d64", "distance_g8_d64", "distance_g64_d64")
    assert (wide.argmin(0) == 2).all() and 0 < (wide[1] > wide[0]).sum() < 3
    losses = values("gan_capacity", *(f"d_loss_g{g}_d2" for g in (2, 8, 64)))
    assert losses == pytest.approx(np.full_like(losses, np.log(4)), abs=0.02)
    assert values("gan_capacity", "distance_g64_d2").max() > 10


def test_4_6_both_encoders_find_nearly_all_and_the_intervals_overlap():
    known = studies.results("embedding_retrieval")["measures"]
    words, letters = (known[f"class retrieval: {name}"] for name in ("bilstm", "char_cnn_gru"))
    assert min(words["low"], letters["low"]) > 0.95 and letters["high"] > words["low"]
    assert known["parameters: char_cnn_gru"]["value"] > 3 * known["parameters: bilstm"]["value"]


def test_4_8_swaps_succeed_among_coherent_birds_and_order_matters():
    known = studies.results("embedding_retrieval")["measures"]
    for name in ("bilstm", "char_cnn_gru"):
        unseen, scrambled = known[f"colour swap, unseen: {name}"], known[f"colour swap, scrambled: {name}"]
        assert unseen["value"] == pytest.approx(0.9, abs=0.03) and 5 * scrambled["floor"] < scrambled["value"] < 0.5
        whole, words, letters = (known[f"{test}: {name}"]["value"] for test in
                                 ("own picture, 1", "shuffled words", "shuffled letters"))
        assert 0.35 * whole < words < 0.6 * whole and letters < words
    assert known["shuffled letters: bilstm"]["value"] < 0.05 < 0.1 < known["shuffled letters: char_cnn_gru"]["value"]


def test_4_9_four_captions_and_the_transformer_help_most_in_every_seed():
    rows = values("embedding_training", *(f"AP: {name}" for name in (
        "four captions", "transformer", "bilstm", "hinge", "char_cnn_gru", "char_cnn_rnn")))
    assert rows[:2].min() > rows[2:].max() and (rows[3:] < rows[2]).all()
    assert rows.mean(1).argmin() == 5 and np.ptp(rows, axis=1).argmax() == 5


def test_4_9_one_direction_alone_leaves_the_other_behind():
    both, to_picture, to_text = values("embedding_training", *(f"own text: {name}" for name in (
        "hinge", "hinge, text to picture", "hinge, picture to text")))
    assert (to_picture < 0.7 * both).all() and to_picture.min() > 0.02
    assert both.mean() == pytest.approx(to_text.mean(), rel=0.2)


def test_5_3_the_no_to_wrong_captions_is_the_clearest():
    _, right, wrong, fake = studies.arrays("text_gans")["curves: GAN-CLS"].T
    early, late = slice(0, len(right) // 5), slice(-len(right) // 5, None)
    assert wrong[early].mean() < 0.45 < fake[early].mean() and wrong[late].mean() < 0.35
    assert 0.5 < fake[late].mean() < 0.6 and 0.65 < right[late].mean() < 0.75


def test_5_4_without_wrong_pairs_d_is_deaf_for_real_pictures():
    deaf = values("text_gans", *(f"AUC {kind}: {name}" for kind in ("wrong", "swapped") for name in ("GAN", "GAN-INT")))
    assert deaf.max() < 0.55
    hears = {kind: values("text_gans", f"AUC {kind}: GAN-CLS", f"AUC {kind}: GAN-INT-CLS") for kind in
             ("wrong", "swapped", "fake")}
    assert 0.85 < hears["wrong"].min() and hears["wrong"].max() < 0.92
    assert hears["swapped"] == pytest.approx(0.72, abs=0.03)
    assert values("text_gans", "AUC fake: GAN").min() > 0.8


def test_5_6_matching_makes_it_listen_and_has_a_price():
    naive, cls, mixed, both = values("text_gans", *(f"faithfulness: {name}" for name in (
        "GAN", "GAN-CLS", "GAN-INT", "GAN-INT-CLS")))
    assert (cls - naive).min() > 0.06 and (both - mixed).min() > 0.06 and max(cls - naive) < 0.14 > max(both - mixed)
    assert abs(both.mean() - cls.mean()) < 0.02 > abs(mixed.mean() - naive.mean())
    far = dict(zip(("GAN", "GAN-CLS", "GAN-INT", "GAN-INT-CLS"), values("text_gans", *(f"SynthFID: {name}" for name in (
        "GAN", "GAN-CLS", "GAN-INT", "GAN-INT-CLS")))))
    assert far["GAN"].mean() < far["GAN-CLS"].mean() and far["GAN-INT"].mean() < far["GAN-INT-CLS"].mean()
    floor = studies.results("text_gans")["measures"]["faithfulness: floor"]["value"]
    assert naive.min() > 3 * floor


def test_5_6_interpolation_makes_it_more_real_between_captions_with_every_seed():
    gains = values("text_gans", "interpolation, SynthFID between", "interpolation, SynthFID",
                   "interpolation without matching, SynthFID")
    between = values("text_gans", "SynthFID between: GAN") - values("text_gans", "SynthFID between: GAN-INT")
    assert (gains[:2] > 0).all() and (between > 0).all() and (gains[2] < 0).sum() == 1


def test_5_6_as_published_matching_counts_and_the_pictures_are_far_worse():
    gains = values("text_gans_published", "matching, faithfulness", "matching with interpolation, faithfulness")
    assert gains.min() >= 0.07
    for title in ("GAN", "GAN-CLS", "GAN-INT", "GAN-INT-CLS"):
        published, = values("text_gans_published", f"SynthFID: {title}")
        steady, = values("text_gans", f"SynthFID: {title}")
        assert published.min() > 2 * steady.max()
    interpolation = values("text_gans_published", "interpolation, SynthFID",
                           "interpolation without matching, SynthFID", "interpolation, SynthFID between")
    assert (interpolation.min(1) < 0).all() and (interpolation.max(1) > 0).all()


def test_5_7_words_decide_colours_and_the_noise_what_is_behind():
    walks = studies.results("text_paths")["measures"]
    assert walks["named colours, by text"]["value"] > 0.6 and walks["facing, by noise"]["value"] > 0.6
    assert 0.3 < walks["background, by noise"]["value"] < 0.7
    small = ("background, by text", "facing, by text", "named colours, by noise")
    assert all(walks[name]["value"] < 0.06 for name in small)
    assert 0.35 < walks["background change"]["value"] < 0.6 < walks["bird change"]["value"]
    curves = studies.arrays("text_paths")
    bird, background = curves["bird so far"], curves["background so far"]
    assert background[:3] == pytest.approx(bird[:3], rel=0.1)
    assert background.argmax() == 4 and background[-1] < background[4]


def test_9_3_the_pull_of_two_answers_does_not_fade_and_the_aim_does_not_decide():
    one, two = values("match_plane", "slope with MA-GP", "slope with MA-GP, two-way")
    assert (60 * one < two).all() and (two < 120 * one).all()
    aims = values("match_plane", "aim: one-way over two-way")
    assert (aims < 0).any() and (aims > 0).any()


def test_9_4_a_power_of_two_arrives_and_a_power_of_six_does_not():
    game = {name: score["value"] for name, score in studies.results("dirac")["measures"].items()}
    assert game["arrival: k = 2, p = 2"] == 923 and 0.98 < game["kept: no penalty"] < 1
    assert game["left: k = 2, p = 6"] == pytest.approx(0.11, abs=0.01)
    assert values("match_plane", "flatter").min() > 90


def test_9_6_one_answer_goes_with_the_penalty_and_two_do_not():
    gained = {idea: values("df_gan_ablation", f"{idea}, faithfulness")[0] for idea in
              ("+ MA-GP", "+ one-way output", "+ affine", "+ second affine and activation")}
    assert gained["+ MA-GP"].max() < -0.05 and gained["+ one-way output"].min() > 0.04
    assert abs(gained["+ affine"]).max() < 0.01 and 0 < gained["+ second affine and activation"].min()
    realism = values("df_gan_ablation", "+ one-way output, SynthFID", "+ affine, SynthFID")
    assert realism[0].max() < 0 < realism[1].min()
    faithful, real, different = (dict(zip(("baseline", "DF-GAN", "one-way"), values(
        "df_gan_ablation", *(f"{metric}: {title}" for title in ("baseline", "DF-GAN", "one-way")))))
        for metric in ("faithfulness", "SynthFID", "diversity"))
    for measured in (faithful, real):                                           # the seeds overlap
        ours, theirs = measured["DF-GAN"], measured["baseline"]
        assert min(ours) < max(theirs) and min(theirs) < max(ours)
    assert min(different["DF-GAN"]) > max(different["baseline"]) + 0.1
    assert values("df_gan_ablation", "diversity: affine").min() > different["one-way"].max()


def test_9_6_the_dfblock_follows_best_by_little_and_the_ranks_have_an_order_of_their_own():
    ahead, = values("df_gan_ablation", "DFBlock over the best other fusion, faithfulness")
    assert (ahead > 0).all() and ahead.max() < 0.01
    joined, affine = values("df_gan_ablation", "faithfulness: one-way", "faithfulness: affine").mean(1)
    assert joined == pytest.approx(affine, abs=0.01)
    assert values("df_gan_ablation", "DFBlock over the best other fusion, SynthFID").max() < 0
    found = values("fusion_rank", *(f"effective rank: {way}" for way in (
        "one affine", "two affines", "DFBlock", "concatenation")))
    assert (np.diff(found, axis=0) > 0).all() and found.max(1).argmax() == 3


def test_9_6_where_d_is_flat_makes_no_difference_and_a_power_of_two_does():
    places = values("df_gan_ablation", *(f"faithfulness: {title}" for title in (
        "DF-GAN", "penalty at fakes", "penalty at wrong texts", "no penalty"))).mean(1)
    squares = values("df_gan_ablation", "faithfulness: p = 2")
    assert np.ptp(places) < 0.02
    with_it, without = values("df_gan_ablation", "SynthFID: DF-GAN", "SynthFID: no penalty")
    assert with_it.max() < without.min()
    assert squares.max() < values("df_gan_ablation", "faithfulness: DF-GAN").min() - 0.02


def test_9_7_the_first_block_is_not_missed_and_the_last_one_paints_the_body():
    heard = studies.results("df_gan_silence")["measures"]
    together = {name: score["value"] for name, score in heard.items()}
    assert together["silenced: 4 → 8"] == pytest.approx(together["silenced: none"], abs=0.02)
    late = ("8 → 16", "16 → 32", "32 → 64")
    assert all(together[f"silenced: {block}"] < together["silenced: none"] - 0.1 for block in late)

    def lost(part):
        return {block: heard["silenced: none"]["rows"][part] - heard[f"silenced: {block}"]["rows"][part]
                for block in late}
    assert [max(lost(part), key=lost(part).get) for part in ("body", "beak", "breast")] == [
        "32 → 64", "16 → 32", "8 → 16"]
    assert max(together[f"only: {block}"] for block in late) == pytest.approx(0.35, abs=0.02)


def test_9_8_what_the_league_shows():
    old, new = (checkpoint.read_card(checkpoint.find(name))["metrics"] for name in ("gan_int_cls", "df_gan"))
    assert old["faithfulness"]["low"] > new["faithfulness"]["high"]
    assert new["SynthFID"]["low"] < old["SynthFID"]["high"] and old["SynthFID"]["low"] < new["SynthFID"]["high"]
    assert new["sharpness"]["low"] > old["sharpness"]["high"]
    assert all(card["R-precision"]["low"] > card["R-precision"]["ceiling"] for card in (old, new))
    distances = {name: score["value"] for name, score in studies.results("fid_size")["measures"].items()}
    assert distances["SynthFID, 50: real"] > distances["SynthFID, 2000: GAN-CLS"]
    assert distances["other reference: GAN-INT-CLS"] < distances["other reference: real"]


def test_9_8_the_legs_are_worst_and_size_explains_little():
    parts = {name: score["value"] for name, score in studies.results("small_parts")["measures"].items()}
    for model in ("gan_int_cls", "df_gan"):
        found = {name: share for name, share in parts.items() if name.startswith(model)}
        assert min(found, key=found.get) == f"{model}: legs"
        assert found[f"{model}: beak"] > found[f"{model}: crown"] + 0.2
        assert found[f"{model}: belly"] < found[f"{model}: tail"]
    assert parts["order: df_gan"] == pytest.approx(0.31, abs=0.01)
    assert parts["order: gan_int_cls"] == pytest.approx(0.62, abs=0.01)


def test_9_8_wrong_parts_wear_the_colours_of_others():
    known = {name: score["value"] for name, score in studies.results("borrowed")["measures"].items()}
    models = ("gan_cls", "gan_int_cls", "df_gan")
    assert known["borrowed: df_gan"] == pytest.approx(0.78, abs=0.01)
    assert all(known[f"by chance: {model}"] == pytest.approx(1 / 6, abs=0.02) for model in models)
    assert known["borrowed: gan_cls"] < known["borrowed: gan_int_cls"] < known["borrowed: df_gan"]
    assert known["wrong: gan_cls"] > max(known["wrong: gan_int_cls"], known["wrong: df_gan"])


def test_9_9_the_best_reader_is_not_the_best_author():
    swap = studies.results("encoder_swap")["measures"]
    assert swap["transformer over bilstm, AP"]["low"] > 0.1
    assert swap["transformer over bilstm, faithfulness"]["high"] < 0
    whole = [swap[f"all parts right: {name}"] for name in ("bilstm", "transformer")]
    assert whole[0]["high"] < whole[1]["low"] < whole[0]["high"] + 0.02
    assert [round(swap[f"faithfulness: {name}"]["value"], 2) for name in ("untrained", "bilstm", "transformer")] == [
        0.13, 0.40, 0.35]
    assert swap["faithfulness: floor"]["value"] == pytest.approx(0.12, abs=0.005)


def test_9_9_larger_pictures_have_more_detail_and_less_truth():
    known = {name: score["value"] for name, score in studies.results("beyond_size")["measures"].items()}
    for way in ("stretched", "four side by side"):
        assert known[f"fine detail: {way}"] > 10 * known["fine detail: enlarged"]
        assert known[f"faithfulness: {way}"] < known["faithfulness: enlarged"] - 0.1


def test_9_6_the_generators_differ_in_size_as_the_text_says():
    sizes = [runtime.count_parameters(df_gan_ablation.SETUPS[title].game("laptop").generator)
             for title in ("affine", "two affines", "DF-GAN")]
    assert [round(size, -3) for size in sizes] == [658_000, 952_000, 952_000]


def test_9_8_attention_is_counted_dearer_and_on_small_maps_it_is_the_quicker():
    cost = studies.results("fusion_cost")["measures"]
    assert [round(cost[f"MAC ratio, {side}"]["value"]) for side in (16, 256)] == [8, 18]
    small, large = cost["time ratio, 16"], cost["time ratio, 256"]
    assert small["high"] < 1 and 2 < large["low"] and large["high"] < 2.5
