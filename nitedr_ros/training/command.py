"""What `nitedr train` does: from a configuration and image sets to a run's weights and card."""

from __future__ import annotations

import platform
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from rich.console import Console
from torch import nn

from nitedr_ros.errors import InputError, NitedrError, OutputError
from nitedr_ros.training.card import card
from nitedr_ros.training.checkpoint import check_present
from nitedr_ros.training.distillation import Teacher
from nitedr_ros.training.image_store import ImageStore
from nitedr_ros.training.log import Log
from nitedr_ros.training.objective import Objective
from nitedr_ros.training.patches import Patches
from nitedr_ros.training.processes import Processes, join_processes, own_gpu
from nitedr_ros.training.progress import Bar, Silent, Watcher
from nitedr_ros.training.rain import RainModel
from nitedr_ros.training.run_folder import RunFolder
from nitedr_ros.training.scenes import clean_roadscene, msrs, other_rain, recorded_rain
from nitedr_ros.training.settings import TrainingConfig, load_training_config
from nitedr_ros.training.trained_pair import load_trained_pair, new_pair
from nitedr_ros.training.trainer import Account, Ground, Trainer
from nitedr_ros.training.validation import Figures, ValidationSets, validate

DeviceName = Literal['auto', 'cpu', 'cuda']


@dataclass(frozen=True)
class TrainingJob:
    """What is wanted.

    config: YAML, see `settings.TrainingConfig`. data: folder of the image sets. out: the run's
    folder. minutes, steps: replace the budget of the configuration. resume: go on with the run.
    """

    config: Path
    data: Path
    out: Path
    minutes: float | None = None
    steps: int | None = None
    resume: bool = False
    device: DeviceName = 'auto'


@dataclass(frozen=True)
class TrainingReport:
    """What a run came to. first: whether this process is the one to report."""

    account: Account
    folder: RunFolder
    first: bool


def run_training(job: TrainingJob, console: Console) -> TrainingReport:
    """Train, alone or with the other processes that torchrun started.

    console: where progress shows. Raises ConfigError, InputError, EngineError or OutputError, and
    NitedrError where training diverges or memory runs out.
    """
    config = load_training_config(job.config, minutes=job.minutes, steps=job.steps)
    device = chosen_device(job.device)
    folder = RunFolder(job.out)
    if job.resume:
        check_present(folder.last)
    elif folder.last.exists():
        raise OutputError(
            f'expected no run in {job.out} yet, found {folder.last.name}: add --resume to go on '
            'with it, or choose another folder'
        )
    processes = join_processes(device)
    try:
        bar = Bar(console) if processes.first else nullcontext(Silent())
        with bar as watcher:
            account = _train(job, config, device, processes, watcher)
    except torch.OutOfMemoryError as error:
        raise NitedrError(
            f'expected memory for patches.batch {config.patches.batch} of patches.side '
            f'{config.patches.side} on {device}, it ran out: set smaller ones '
            f'({" ".join(str(error).split())[:80]})'
        ) from None
    finally:
        processes.close()
    return TrainingReport(account, folder, processes.first)


def chosen_device(name: DeviceName) -> torch.device:
    """Return the device of that name; auto takes a GPU where there is one.

    Raises InputError where a GPU is asked for and there is none.
    """
    there = torch.cuda.is_available()
    if name == 'cuda' and not there:
        raise InputError(
            'expected a GPU for --device cuda, torch sees none: take --device cpu, or install '
            'torch for CUDA'
        )
    if name == 'cpu' or not there:
        return torch.device('cpu')
    torch.cuda.set_device(own_gpu())
    return torch.device('cuda', own_gpu())


def device_name(device: torch.device) -> str:
    """Return what the device is called by its maker."""
    if device.type == 'cuda':
        return str(torch.cuda.get_device_name(device))
    return f'CPU ({platform.machine()}), {torch.get_num_threads()} threads'


def computes_in_bf16(device: torch.device) -> bool:
    """Return whether a device multiplies in bfloat16; others would only imitate it, slowly."""
    if device.type == 'cuda':
        return True
    # Older versions of torch can't tell.
    capabilities: dict[str, bool] = getattr(torch.cpu, 'get_capabilities', dict)()
    return bool(capabilities.get('avx512_bf16', False) or capabilities.get('amx_bf16', False))


def _train(
    job: TrainingJob,
    config: TrainingConfig,
    device: torch.device,
    processes: Processes,
    watcher: Watcher,
) -> Account:
    folder = RunFolder(job.out)
    torch.manual_seed(config.seed)
    pair = new_pair(config.size)
    if config.start is not None and not job.resume:
        pair.load_state_dict(load_trained_pair(RunFolder(config.start), config.size).state_dict())
    teacher = None
    if config.distillation is not None:
        larger = load_trained_pair(RunFolder(config.distillation.run))
        teacher = Teacher(pair, larger, config.distillation).to_device(device)
    pair = pair.to(device, memory_format=torch.channels_last)
    patches = _patches(job.data, config, device, processes.rank)
    sets = _validation_sets(job.data) if processes.first else None

    def figures(validated: nn.Module) -> Figures:
        assert sets is not None
        # Whole images come in many sizes, and choosing convolutions anew for each takes long.
        with torch.backends.cudnn.flags(benchmark=False):
            return validate(validated, sets, threads=config.validation.threads)

    gpu = device.type == 'cuda'
    torch.backends.cudnn.benchmark = gpu
    running = torch.compile(pair) if config.optimiser.compiled else pair
    objective = Objective(
        running, config, teacher, bf16=config.optimiser.bf16 and computes_in_bf16(device)
    )
    with Log(folder) if processes.first else nullcontext() as log:
        if log is not None and not log.board:
            watcher.reported('tensorboard is not installed: figures go to log.jsonl only')
        ground = Ground(folder, log, processes, watcher, figures)
        adapter = None if teacher is None else teacher.adapter
        trainer = Trainer(pair, objective, patches, config, ground, adapter)
        if job.resume:
            trainer.resume()
        account = trainer.run()
    if sets is not None:
        counts = {**patches.count, 'validation': sets.count}
        folder.write_card(
            card(config, account, counts, device=device_name(device), processes=processes.count)
        )
    return account


def _patches(data: Path, config: TrainingConfig, device: torch.device, rank: int) -> Patches:
    side = config.patches.side
    return Patches(
        ImageStore(recorded_rain(data, validation=False), side, device),
        ImageStore(clean_roadscene(data, config.patches.widths), side, device),
        ImageStore(msrs(data, validation=False), side, device),
        RainModel(config.rain, config.seed, device),
        config=config.patches,
        thermal=config.thermal,
        device=device,
        # Two generators each, so that no two processes draw the same.
        seed=config.seed + 2 * rank,
    )


def _validation_sets(data: Path) -> ValidationSets:
    return ValidationSets(
        recorded_rain(data, validation=True), other_rain(data), msrs(data, validation=True)
    )
