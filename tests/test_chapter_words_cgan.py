"""What chapter 3 says in words about stored results holds for the results that are stored."""


from stored import card, means, near, values

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
