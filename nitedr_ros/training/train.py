"""Train CleanNet, then FusionNet behind it: `python -m nitedr_ros.training.train --help`.

Each stage runs for a stated number of minutes with AdamW and one cosine from the starting learning
rate to zero over that time; an exponential moving average of the weights is what is kept. The
validation split is looked at for the figures in the log only.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader

from nitedr_ros.metrics.luma import luma_psnr
from nitedr_ros.networks.cleannet import STRIDE, CleanNet
from nitedr_ros.networks.fusionnet import FusionNet
from nitedr_ros.training.data import RainyPatches, Triplet, roadscene_rain
from nitedr_ros.training.losses import deraining_loss, fusion_loss

Batch = tuple[Tensor, Tensor, Tensor]
EMA_DECAY = 0.998


def derain(network: CleanNet, rgb: np.ndarray) -> np.ndarray:
    """Run CleanNet on uint8 [H, W, 3] RGB of any size and return the same, de-rained."""
    image = torch.from_numpy(rgb).permute(2, 0, 1)[None].float() / 255
    height, width = image.shape[-2:]
    padding = (0, -width % STRIDE, 0, -height % STRIDE)
    with torch.inference_mode():
        derained, _ = network(functional.pad(image, padding, mode='reflect'))
    derained = derained[0, :, :height, :width].clamp(0, 1) * 255
    return derained.round().byte().permute(1, 2, 0).numpy()


def validate(network: CleanNet, triplets: list[Triplet]) -> dict[str, float]:
    """Return mean luma PSNR on rainy frames, and on dry ones between input and output."""
    network.eval()
    rainy = [luma_psnr(derain(network, t.rainy), t.clean) for t in triplets if t.rainy is not None]
    dry = [luma_psnr(derain(network, t.clean), t.clean) for t in triplets]
    network.train()
    return {'psnr_y': float(np.mean(rainy)), 'dry_psnr_y': float(np.mean(dry))}


def fit(
    network: nn.Module,
    loss_of: Callable[[Batch], Tensor],
    batches: Iterator[Batch],
    *,
    minutes: float,
    rate: float,
    report: Callable[[int, float, nn.Module], None],
) -> nn.Module:
    """Train `network` for `minutes` and return the moving average of its weights."""
    optimiser = torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=1e-4)
    average = copy.deepcopy(network).eval()
    start, step, reported = time.monotonic(), 0, 0.0
    while (elapsed := time.monotonic() - start) < minutes * 60:
        passed = elapsed / (minutes * 60)
        warm_up = min(1.0, (step + 1) / 200)
        for group in optimiser.param_groups:
            group['lr'] = rate * warm_up * 0.5 * (1 + math.cos(math.pi * passed))
        loss = loss_of(next(batches))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        step += 1
        decay = min(EMA_DECAY, (1 + step) / (10 + step))
        with torch.no_grad():
            for kept, new in zip(average.parameters(), network.parameters(), strict=True):
                kept.lerp_(new, 1 - decay)
        if passed - reported > 0.05:
            reported = passed
            report(step, passed, average)
    report(step, 1.0, average)
    return average


def main() -> None:
    """Train both networks and write cleannet.pt, fusionnet.pt and log.jsonl."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--data', type=Path, required=True, help='folder of the image sets')
    parser.add_argument('--out', type=Path, required=True, help='folder for weights and log')
    parser.add_argument('--cleannet-minutes', type=float, default=60)
    parser.add_argument('--fusionnet-minutes', type=float, default=12)
    parser.add_argument('--batch', type=int, default=16)
    parser.add_argument('--patch', type=int, default=128, help='pixels, a multiple of 8')
    parser.add_argument('--seed', type=int, default=7)
    parser.add_argument('--start', type=Path, help='cleannet.pt to go on from')
    parser.add_argument('--bf16', action='store_true', help='autocast to bfloat16')
    arguments = parser.parse_args()

    torch.manual_seed(arguments.seed)
    arguments.out.mkdir(parents=True, exist_ok=True)
    log = (arguments.out / 'log.jsonl').open('w')
    validation = roadscene_rain(arguments.data, validation=True)
    dataset = RainyPatches(arguments.data, patch=arguments.patch, seed=arguments.seed)
    loader = DataLoader(dataset, arguments.batch, num_workers=1, prefetch_factor=8)
    batches: Iterator[Batch] = (tuple(batch) for batch in loader)
    autocast = torch.autocast('cpu', torch.bfloat16, enabled=arguments.bf16)

    def note(**figures: object) -> None:
        print(json.dumps(figures), flush=True)
        log.write(json.dumps(figures) + '\n')
        log.flush()

    cleannet = CleanNet().to(memory_format=torch.channels_last)
    if arguments.start is not None:
        cleannet.load_state_dict(torch.load(arguments.start, weights_only=True))

    def clean_loss(batch: Batch) -> Tensor:
        with autocast:
            derained, _ = cleannet(batch[0].contiguous(memory_format=torch.channels_last))
        return deraining_loss(derained.float(), batch[1])

    def clean_report(step: int, passed: float, average: nn.Module) -> None:
        assert isinstance(average, CleanNet)
        figures = validate(average, validation)
        note(stage='cleannet', step=step, passed=round(passed, 3), **figures)
        torch.save(average.state_dict(), arguments.out / 'cleannet.pt')

    trained = fit(
        cleannet, clean_loss, batches,
        minutes=arguments.cleannet_minutes, rate=1e-3, report=clean_report,
    )  # fmt: skip

    fusionnet = FusionNet()
    trained.requires_grad_(False)

    def fuse_loss(batch: Batch) -> Tensor:
        with autocast, torch.no_grad():
            derained, features = trained(batch[0])
        with autocast:
            fused = fusionnet(derained.float().clamp(0, 1), batch[2], features)
        return fusion_loss(fused.float(), batch[1], batch[2])

    losses: list[float] = []

    def fuse_report(step: int, passed: float, average: nn.Module) -> None:
        with torch.no_grad():
            losses.append(float(fuse_loss(next(batches))))
        note(stage='fusionnet', step=step, passed=round(passed, 3), loss=losses[-1])
        torch.save(average.state_dict(), arguments.out / 'fusionnet.pt')

    fit(
        fusionnet, fuse_loss, batches,
        minutes=arguments.fusionnet_minutes, rate=1e-3, report=fuse_report,
    )  # fmt: skip


if __name__ == '__main__':
    main()
