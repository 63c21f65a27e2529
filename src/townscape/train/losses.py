"""The training loss: weighted cross-entropy plus Dice, then mining of hard pixels.

Pixels labelled 255 count nowhere. A batch without a single labelled pixel has loss 0 (not NaN)
and teaches nothing.
"""

import torch
from torch.nn import functional

from townscape.core.labelmap import NO_CHANNEL


def segmentation_loss(
    logits: torch.Tensor,
    labels: torch.Tensor,
    class_weights: torch.Tensor,
    *,
    dice_share: float,
    hard_share: float,
) -> torch.Tensor:
    """Loss of a batch, a scalar.

    `logits` n × classes × height × width; `labels` n × height × width, int64, 255 = left out.
    With `hard_share` below 1 only that share of the pixels, those with the highest loss, count
    in the cross-entropy (Shrivastava et al. 2016). Dice (Milletari et al. 2016) is the mean over
    classes that occur in the batch.
    """
    logits = logits.float()
    counted = labels != NO_CHANNEL
    n_counted = int(counted.sum())
    if n_counted == 0:
        return logits.sum() * 0.0
    per_pixel = functional.cross_entropy(
        logits, labels, weight=class_weights, ignore_index=NO_CHANNEL, reduction="none"
    )
    if hard_share < 1:
        n_hard = max(1, int(n_counted * hard_share))
        entropy = per_pixel.flatten().topk(n_hard).values.mean()
    else:
        entropy = per_pixel.sum() / class_weights[labels[counted]].sum()
    return entropy + dice_share * _dice_loss(logits, labels, counted)


def _dice_loss(logits: torch.Tensor, labels: torch.Tensor, counted: torch.Tensor) -> torch.Tensor:
    n_classes = logits.shape[1]
    probability = logits.softmax(dim=1) * counted[:, None]
    truth = functional.one_hot(labels.clamp(max=n_classes - 1), n_classes).movedim(-1, 1)
    truth = truth.to(probability.dtype) * counted[:, None]
    overlap = (probability * truth).sum(dim=(0, 2, 3))
    total = (probability + truth).sum(dim=(0, 2, 3))
    present = truth.sum(dim=(0, 2, 3)) > 0
    return (1 - (2 * overlap + 1) / (total + 1))[present].mean()


def class_weights(pixels: torch.Tensor) -> torch.Tensor:
    """Weights from the pixels per class: 1 / ln(1.02 + share) (Paszke et al. 2016, ENet), mean 1.

    A class without pixels gets weight 0.
    """
    share = pixels.double() / pixels.sum().clamp(min=1)
    weights = torch.where(pixels > 0, 1 / torch.log(1.02 + share), torch.zeros_like(share))
    return (weights / weights[pixels > 0].mean().clamp(min=1e-9)).float()
