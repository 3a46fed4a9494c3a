"""The ways to spoil pictures do what they say, no more."""

import torch

from t2ilib import runtime
from t2ilib.metrics import controls

IMAGES = torch.rand(3, 3, 64, 64, generator=runtime.generator(0)) * 2 - 1


def test_blur_keeps_the_mean_and_flat_pictures():
    flat = torch.full((1, 3, 64, 64), 0.3)
    assert torch.allclose(controls.blurred(flat, 2.0), flat, atol=1e-6)
    soft, softer = (controls.blurred(IMAGES, sigma) for sigma in (0.7, 2.0))
    assert abs(float(soft.mean() - IMAGES.mean())) < 0.01
    assert softer.std() < soft.std() < IMAGES.std()


def test_noise_has_the_strength_that_was_asked_for():
    grey = torch.zeros(8, 3, 64, 64)
    assert abs(float(controls.noisy(grey, 0.1).std()) - 0.1) < 0.002
    assert torch.equal(controls.noisy(IMAGES, 0.0), IMAGES)
    assert torch.equal(controls.noisy(IMAGES, 0.5), controls.noisy(IMAGES, 0.5))
    assert float(controls.noisy(IMAGES, 5.0).abs().max()) == 1.0


def test_one_for_all_is_the_first():
    assert all(torch.equal(picture, IMAGES[0]) for picture in controls.one_for_all(IMAGES))


def test_a_copy_is_mirrored_and_moved():
    copy = controls.copied(IMAGES, pixels=2)
    assert torch.equal(copy[..., 2:].flip(3), IMAGES[..., 2:])
    assert torch.equal(copy[..., 0], IMAGES[..., -1]) and torch.equal(copy[..., 1], IMAGES[..., -1])
