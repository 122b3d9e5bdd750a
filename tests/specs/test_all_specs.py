"""What holds of every spec that is shipped: short, sourced, without warnings, pure YAML, and it trains."""

import pytest
from spec_help import SPECS, changes, checked

import builder

NAMES = sorted(path.stem for path in SPECS.glob("*.yaml"))
SMALL = {
    "vgg16": {"size": 32, "classes": 10}, "resnet50": {"size": 32, "classes": 10, "blocks": [1, 1, 1, 1]},
    "googlenet": {"size": 75, "classes": 10},
    "vgg19": {"size": 32, "classes": 10}, "resnet": {"size": 32, "classes": 10, "depth": 18}, "alexnet": {"size": 67, "classes": 10},
    "alexnet_two_tower": {"size": 67, "classes": 10}, "inception_v3": {"size": 75, "classes": 10},
    "unet": {"size": 16, "filters": 2, "depth": 2}, "siamese_koch": {"size": 67}, "resnet20": {"n": 1}, "dssm": {"bins": 64, "units": [8]},
    "omniglot": {"classes": 4},
}
HEAVY = """
    addition alexnet alexnet_two_tower all_in_one arcface autoencoder_cnn autoencoder_denoising caption center_loss chairs char_lm char_transformer
    cond_gan dcgan distill forecast_lstm gan googlenet inception_v3 lenet5_ensemble lsgan omniglot questions resnet resnet50 review_generator
    sentiment_cnn sentiment_gru sentiment_lstm siamese_koch tagger transfer_digits transformer_encoder translate translate_attention unet vae vgg16
    vgg19 video_text wgan_gp wide_deep
""".split()  # those that take seconds wait for -m slow


@pytest.mark.parametrize("name", NAMES)
def test_short_and_sourced(name):
    lines = (SPECS / f"{name}.yaml").read_text().splitlines()
    assert len(lines) <= 60 and lines[0].startswith("# ") and any(line == f"name: {name}" for line in lines)
    assert max(map(len, lines)) <= 130


@pytest.mark.parametrize("name", NAMES)
def test_checked_without_a_word(name):
    found = checked(name)
    assert not found.warnings and not found.spec.code and found.data and found.phases


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.slow) if name in HEAVY else name for name in NAMES])
def test_trains_on_made_up_data(name, tmp_path):
    run = builder.train(SPECS / f"{name}.yaml", changes(**SMALL.get(name, {})), runs=tmp_path, smoke=True)
    assert (run.folder / "model.keras").is_file()
