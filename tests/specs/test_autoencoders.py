"""The autoencoders: their sizes, what exactly is compared, and on MNIST the errors that principal components and others reach."""

import gzip
from itertools import pairwise

import numpy as np
import pytest
from spec_help import SPECS, checked, counted

import builder


def mnist(real) -> dict:
    return {"data.source": f"{{Idx: {real / 'mnist'}}}"}


def pixels(real, name: str) -> np.ndarray:
    """The images of a part of MNIST from 0 to 1, (examples, 784)."""
    raw = gzip.decompress((real / "mnist" / f"{name}-images-idx3-ubyte.gz").read_bytes())
    return np.frombuffer(raw, "uint8", offset=16).reshape(-1, 784) / 255.0


def trained(real, tmp_path, name: str, **changes):
    """The wire that a spec's run gives back, over the test images."""
    run = builder.train(SPECS / f"{name}.yaml", mnist(real) | changes, runs=tmp_path)
    return run, builder.evaluate(run).reconstructions[checked(name).phases[-1].steps[0].terms[-1].wires[0][1]]


def test_their_sizes():
    assert counted("autoencoder_mlp")[0] == 784 * 32 + 32 + 32 * 784 + 784 == 50_992
    assert counted("autoencoder_cnn") == counted("autoencoder_denoising") == (28_353, 28_353)  # Keras's own example
    assert counted("autoencoder_mlp", deep=True)[0] > 10 * 50_992
    assert checked("vae").networks == ("encoder", "decoder")


def test_the_noisy_one_is_compared_with_what_was_there_before_the_noise():
    found = checked("autoencoder_denoising")
    (term,) = found.phases[0].steps[0].terms
    assert (term.wires, term.target.kind, term.target.value) == ((("y_pred", "clean"),), "wire", "pixels")
    (noise,) = found.data.sample
    assert noise.name == "Noise" and dict(noise.args)["stddev"] == 0.4


def test_a_latent_is_mean_and_deviation_of_the_encoder_with_the_noise():
    """The parts of the bound, against numpy in float64."""
    import keras

    model = builder.compile(SPECS / "vae.yaml", set={"train": "{loss: [{MeanSquaredError: {}, from: again, target: pixels}]}"})
    random = np.random.default_rng(0)
    inputs = {"image": random.integers(0, 256, (4, 28, 28, 1)).astype("float32"), "noise": random.normal(size=(4, 2)).astype("float32")}
    encoded = model.get_layer("encoder")({"image": inputs["image"] / 255})
    mean, log_variance = (np.asarray(encoded[name], "float64") for name in ("mean", "log_variance"))
    latent = mean + np.sqrt(np.exp(log_variance)) * inputs["noise"]
    again = model.get_layer("decoder")({"latent": latent.astype("float32")})
    np.testing.assert_allclose(keras.ops.convert_to_numpy(model(inputs)["again"]), next(iter(again.values())), atol=1e-5)


def assert_drawn_alike(run, folder) -> None:
    """The exported decoder, loaded anew, makes of places in the latent plane what the network within the run's model makes of them."""
    import keras
    import tensorflow as tf

    exported = {one.format: one.path for one in builder.export(run, formats=["keras", "saved_model"], folder=folder / "out", networks=["decoder"])}
    z = np.random.default_rng(0).normal(size=(64, 2)).astype("float32")
    live = np.asarray(next(iter(run.model.get_layer("decoder")({"latent": z}).values())))
    served = tf.saved_model.load(str(exported["saved_model"])).signatures["serving_default"](latent=tf.constant(z))
    loaded = keras.saving.load_model(exported["keras"])({"latent": z})
    assert live.shape == (64, 28, 28, 1) and np.ptp(live, axis=0).max() > 1e-3
    for made in (served, loaded):
        np.testing.assert_allclose(np.asarray(next(iter(made.values()))), live, atol=1e-6)


@pytest.mark.slow
def test_the_exported_decoder_draws_what_the_live_one_draws(tmp_path):
    assert_drawn_alike(builder.train(SPECS / "vae.yaml", runs=tmp_path, smoke=True), tmp_path)


@pytest.mark.proof
def test_the_linear_one_comes_to_principal_components_and_the_deep_one_goes_below(real, tmp_path):
    from sklearn.decomposition import PCA

    train, test = pixels(real, "train"), pixels(real, "t10k")
    components = PCA(32, svd_solver="full").fit(train)
    least, pca = (float(np.mean((components.inverse_transform(components.transform(some)) - some) ** 2)) for some in (train, test))
    run, linear = trained(real, tmp_path, "autoencoder_mlp")
    made = run.model.predict({"image": (train * 255).reshape(-1, 28, 28, 1)}, batch_size=1000, verbose=0)["again"]
    own = float(np.mean((made.reshape(-1, 784) - train) ** 2))
    _, deep = trained(real, tmp_path, "autoencoder_mlp", **{"params.deep": True})
    print(f"test: linear {linear.errors['again']:.5f}, PCA {pca:.5f}, deep {deep.errors['again']:.5f}; training images: linear {own:.5f}, PCA {least:.5f}")
    assert linear.errors["again"] <= 0.0175 and own >= least - 1e-7
    assert deep.errors["again"] <= 0.7 * pca


@pytest.mark.proof
def test_transposed_convolutions_give_digits_back_in_two_epochs(real, tmp_path):
    run, found = trained(real, tmp_path, "autoencoder_cnn")
    print(f"test MSE {found.errors['again']:.5f} in {len(run.history.rows)} epochs")
    assert found.errors["again"] <= 0.007 and len(run.history.rows) == 2


@pytest.mark.proof
def test_noise_is_taken_away(real, tmp_path):
    run, found = trained(real, tmp_path, "autoencoder_denoising")
    page = (run.folder / "report.html").read_text()
    print(f"test MSE {found.errors['clean']:.5f}, of the noisy images {found.errors['noisy']:.5f}")
    assert found.errors["clean"] <= 0.02 and found.errors["noisy"] == pytest.approx(0.0796, abs=0.001)
    assert "what the network got" in page and "what it made" in page


@pytest.mark.proof
def test_the_bound_rises_and_the_decoder_makes_digits_by_itself(real, tmp_path):
    run, found = trained(real, tmp_path, "vae")
    losses, test = [row["loss"] for row in run.history.rows], run.info["test"]["loss"]
    print(f"minus ELBO in nats an image: first epoch {losses[0]:.1f}, last {losses[-1]:.1f}, test {test:.1f}")
    assert all(later < earlier for earlier, later in pairwise(losses)) and test <= 165
    page = (run.folder / "report.html").read_text()
    assert found.latents.walk.shape == (13, 13, 28, 28, 1) and "a walk through the latents" in page and "samples of random latents" in page
    assert_drawn_alike(run, tmp_path)
