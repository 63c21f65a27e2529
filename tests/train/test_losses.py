"""The loss is the textbook's, and pixels that do not count change nothing."""

import pytest
import torch
from torch.nn import functional

from townscape.train.losses import class_weights, segmentation_loss


def drawn(seed=0, n_classes=5):
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(2, n_classes, 9, 7, generator=generator)
    labels = torch.randint(0, n_classes - 1, (2, 9, 7), generator=generator)
    labels[torch.rand(labels.shape, generator=generator) < 0.2] = 255
    return logits.requires_grad_(), labels, torch.rand(n_classes, generator=generator) + 0.5


def textbook_dice(logits, labels):
    probability = logits.softmax(dim=1)
    losses = []
    for k in range(logits.shape[1]):
        truth = labels == k
        if truth.any():
            mine = probability[:, k][labels != 255]
            overlap = probability[:, k][truth].sum()
            losses.append(1 - (2 * overlap + 1) / (mine.sum() + truth.sum() + 1))
    return torch.stack(losses).mean()


@pytest.mark.parametrize("seed", range(5))
def test_it_is_weighted_cross_entropy_plus_dice(seed):
    logits, labels, weights = drawn(seed)
    expected = functional.cross_entropy(logits, labels, weight=weights, ignore_index=255)
    expected = expected + 0.5 * textbook_dice(logits, labels)
    loss = segmentation_loss(logits, labels, weights, dice_share=0.5, hard_share=1.0)
    torch.testing.assert_close(loss, expected)


def test_mining_counts_the_hardest_pixels_only():
    logits, labels, weights = drawn()
    each = functional.cross_entropy(logits, labels, weight=weights, ignore_index=255, reduction="none")
    n_hard = int(int((labels != 255).sum()) * 0.25)
    expected = each.flatten().sort(descending=True).values[:n_hard].mean()
    loss = segmentation_loss(logits, labels, weights, dice_share=0.0, hard_share=0.25)
    torch.testing.assert_close(loss, expected)


def test_pixels_that_do_not_count_get_no_gradient():
    logits, labels, weights = drawn()
    segmentation_loss(logits, labels, weights, dice_share=0.5, hard_share=0.5).backward()
    assert logits.grad is not None
    assert not logits.grad.movedim(1, -1)[labels == 255].any()
    assert logits.grad.isfinite().all()


def test_a_batch_without_a_label_teaches_nothing():
    logits, labels, weights = drawn()
    loss = segmentation_loss(logits, torch.full_like(labels, 255), weights, dice_share=0.5, hard_share=1.0)
    loss.backward()
    assert loss.item() == 0.0
    assert logits.grad is not None
    assert not logits.grad.any()


def test_rare_classes_weigh_more_and_absent_ones_nothing():
    weights = class_weights(torch.tensor([9_000, 900, 100, 0]))
    assert weights[2] > weights[1] > weights[0] > weights[3] == 0
    torch.testing.assert_close(weights[:3].mean(), torch.tensor(1.0))
