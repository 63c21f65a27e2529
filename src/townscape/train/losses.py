"""The training loss: weighted cross-entropy plus Dice, and mining of hard pixels where it is asked for.

Pixels labelled 255 count nowhere. A batch without a single labelled pixel has loss 0 (not NaN)
and teaches nothing.
"""

import torch

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
    # One row a class, one column a pixel: softmax along the first axis is quick on processors.
    n_classes = logits.shape[1]
    by_class = logits.movedim(1, 0).reshape(n_classes, -1).float()
    counted = (labels != NO_CHANNEL).reshape(-1)
    n_counted = int(counted.sum())
    if n_counted == 0:
        return by_class.sum() * 0.0
    truth = labels.reshape(-1).clamp(max=n_classes - 1)
    log_probability = by_class.log_softmax(dim=0)
    of_truth = log_probability.gather(0, truth[None])[0]
    weight = class_weights[truth] * counted
    if hard_share < 1:
        n_hard = max(1, int(n_counted * hard_share))
        entropy = (-of_truth * weight).topk(n_hard, sorted=False).values.mean()
    else:
        entropy = -(of_truth * weight).sum() / weight.sum()
    probability = log_probability.exp() * counted
    pixels = torch.bincount(truth[counted], minlength=n_classes)
    overlap = probability.new_zeros(n_classes).index_add(0, truth, of_truth.exp() * counted)
    return entropy + dice_share * _dice_loss(overlap, probability.sum(dim=1), pixels)


def _dice_loss(overlap: torch.Tensor, predicted: torch.Tensor, pixels: torch.Tensor) -> torch.Tensor:
    """1 − Dice over classes that occur, from each class's overlap, predicted and true pixels."""
    return (1 - (2 * overlap + 1) / (predicted + pixels + 1))[pixels > 0].mean()


def class_weights(pixels: torch.Tensor) -> torch.Tensor:
    """Weights from the pixels per class: the square root of 1 / ln(1.02 + share), mean 1.

    The root of ENet's weights (Paszke et al. 2016), since crops favour rare classes already
    (docs/decisions/011). A class without pixels gets weight 0.
    """
    share = pixels.double() / pixels.sum().clamp(min=1)
    weights = torch.where(pixels > 0, torch.log(1.02 + share).rsqrt(), torch.zeros_like(share))
    return (weights / weights[pixels > 0].mean().clamp(min=1e-9)).float()
