"""The history of a training: a sequence of epochs, and its columns."""

from autograd_lite.nn import Epoch, History


def test_a_history_says_what_it_is() -> None:
    assert repr(History()) == "<History of 0 epochs>"
    assert repr(History([Epoch(1, 2.0, 3.0, {}, 0.1)])) == (
        "<History of 1 epoch: loss 2 to 2, validation 3 to 3>"
    )
    assert History().metrics == {}


def test_columns_are_lists_and_epochs_are_a_sequence() -> None:
    epochs = [Epoch(k, 1.0 / k, None if k == 1 else 2.0, {"m": 0.5 * k}, 0.25) for k in (1, 2, 3)]
    history = History(epochs)
    assert history.loss == [1.0, 0.5, 1.0 / 3.0] and history.seconds == [0.25] * 3
    assert history.validation == [2.0, 2.0] and history.metrics == {"m": [0.5, 1.0, 1.5]}
    assert list(history) == epochs and history[-1] is epochs[-1] and history[:2] == epochs[:2]
